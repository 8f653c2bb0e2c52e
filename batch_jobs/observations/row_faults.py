"""Faults: why a row cannot be used.

Only rows that failed are checked here, for one reason after the other. The first reason that
applies is counted.
"""

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.names import NO_DIRECTION, SENTINELS
from batch_jobs.observations.quantities import QUANTITIES
from batch_jobs.observations.report import MOST_EXAMPLES_OF_A_REASON, ReadReport
from batch_jobs.observations.rows import BAD_TIME, NO_TIME_ZONE, Rows
from forecasts.units import conversion


def report_faults(rows: Rows, station: NDArray[np.int64], report: ReadReport) -> None:
    """Count unusable rows by reason, and keep examples.

    Args:
        rows: Rows that each fail for at least one reason.
        station: Their station numbers, negative for a malformed id.
        report: Takes counts and examples.
    """
    left = np.ones(len(rows.value), dtype=np.bool_)
    for reason, fails in _reasons(rows, station).items():
        failed = np.flatnonzero(left & fails)
        if len(failed):
            report.drop(reason, len(failed))
            for row in failed[:MOST_EXAMPLES_OF_A_REASON].tolist():
                report.note(reason, f"{rows.where(row)}: {_what(reason, rows, row)}")
            left[failed] = False


def _reasons(rows: Rows, station: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    return {
        "no_time_zone": rows.seconds == NO_TIME_ZONE,
        "bad_time": rows.seconds == BAD_TIME,
        "bad_station_id": station < 0,
        "unknown_parameter": ~_known_parameter(rows),
        "unknown_unit": ~_known_unit(rows),
        "not_finite": ~np.isfinite(rows.value),
        "sentinel": are_sentinels(rows),
        "implausible": np.ones(len(rows.value), dtype=np.bool_),
    }


def are_sentinels(rows: Rows) -> NDArray[np.bool_]:
    """Tell which rows have a value that networks write for a missing one."""
    found = np.isin(rows.value, list(SENTINELS))
    circular = [code in QUANTITIES and QUANTITIES[code].circular for code in rows.parameter.texts]
    if any(circular):  # a night reads millions of rows, most of them of other parameters
        is_direction = np.array(circular, np.bool_)[rows.parameter.codes]
        found |= is_direction & np.isin(rows.value, list(NO_DIRECTION))
    return found


def _known_parameter(rows: Rows) -> NDArray[np.bool_]:
    known = np.array([code in QUANTITIES for code in rows.parameter.texts], dtype=np.bool_)
    return known[rows.parameter.codes]


def _known_unit(rows: Rows) -> NDArray[np.bool_]:
    if rows.unit is None:
        return np.ones(len(rows.value), dtype=np.bool_)
    quantities = [QUANTITIES.get(code) for code in rows.parameter.texts]
    known = np.array(
        [
            [known and conversion(known.parameter, unit) is not None for unit in rows.unit.texts]
            for known in quantities
        ],
        dtype=np.bool_,
    )
    return known[rows.parameter.codes, rows.unit.codes]


def _what(reason: str, rows: Rows, row: int) -> str:
    """Describe the fault of a row."""
    code, value = rows.parameter.at(row), f"{rows.value[row]:g}"
    unit = rows.unit.at(row) if rows.unit else QUANTITIES[code].unit if code in QUANTITIES else ""
    time = repr(rows.time.at(row)) if rows.time else "null"
    return {
        "no_time_zone": f"time {time} has no time zone",
        "bad_time": f"{time} is not a time",
        "bad_station_id": f"{rows.station.at(row)!r} is not a station id",
        "unknown_parameter": f"unknown parameter {code!r}",
        "unknown_unit": f"unknown unit {unit!r} for {code}",
        "not_finite": f"{code} has no finite value ({value})",
        "sentinel": f"{code} {value} stands for a missing value",
        "implausible": f"{code} {value} {unit} is not plausible",
    }[reason]
