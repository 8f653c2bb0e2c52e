"""What came, went and moved from one run to another.

Runs whose hours overlap are compared at the same valid times, others at the same hours of the day.
A forecast has moved if its median did by more than the wider of the two intervals.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.downloads.values import Values, columns_of
from forecasts.parameter import PARAMETERS, TURN, Parameter
from forecasts.run import LEAD_HOURS, QUANTILES, STEP, Run
from forecasts.station import Station
from forecasts.times import utc_text

Floats = NDArray[np.float64]


class WholeRun(NamedTuple):
    """All forecasts of a run.

    Attributes:
        run: The run.
        stations: Its stations.
        values: [station, column, hour].
    """

    run: Run
    stations: Sequence[Station]
    values: Values

    @classmethod
    def of(cls, run: Run, parts: Iterable[tuple[Sequence[Station], Values]]) -> "WholeRun":
        """Join the parts of a run."""
        there = list(parts)
        nothing = np.empty((0, len(columns_of(run.parameters)), LEAD_HOURS), np.float32)
        stations = [station for some, _ in there for station in some]
        return cls(run, stations, np.concatenate([nothing, *(values for _, values in there)]))

    def quantiles(self, code: str, rows: Sequence[int]) -> Floats:
        """Return [quantile, row, hour] of a parameter, rounded as it is published."""
        names = [column.name for column in columns_of(self.run.parameters)]
        columns = [names.index(f"{code}_{of}") for of in QUANTILES]
        chosen = self.values[rows][:, columns].astype(np.float64)
        rounded: Floats = np.moveaxis(chosen, 1, 0).round(PARAMETERS[code].decimals)
        return rounded


class Moved(NamedTuple):
    """A forecast of a station and parameter that moved.

    Attributes:
        station_id: The station.
        name: Its name.
        parameter: Code of the parameter.
        hours: In how many hours it moved by more than its interval.
        time: Valid time of the later run at which it moved most, as text; UTC.
        before: The median of the earlier run there.
        after: That of the later run.
        widths: By how many widths of the interval it moved there.
    """

    station_id: str
    name: str
    parameter: str
    hours: int
    time: str
    before: float
    after: float
    widths: float


class Difference(NamedTuple):
    """What is different in another run; stations are ids, series `station: parameter`.

    Attributes:
        stations_added: Stations that came.
        stations_removed: Stations that went.
        parameters_added: Codes that the later run forecasts and the earlier one does not.
        parameters_removed: The other way round.
        series_added: Forecasts that came at stations and of parameters that both runs have.
        series_removed: Those that went.
        same_times: Whether hours were compared at the same valid times.
        compared: How many series both runs have.
        moved: Those that moved, the farthest first.
    """

    stations_added: Sequence[str]
    stations_removed: Sequence[str]
    parameters_added: Sequence[str]
    parameters_removed: Sequence[str]
    series_added: Sequence[str]
    series_removed: Sequence[str]
    same_times: bool
    compared: int
    moved: Sequence[Moved]

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {**self._asdict(), "moved": [each._asdict() for each in self.moved]}


def difference(before: WholeRun, after: WholeRun) -> Difference:
    """Compare two runs."""
    rows = [{each.id: row for row, each in enumerate(run.stations)} for run in (before, after)]
    both = [each for each in after.stations if each.id in rows[0]]
    at = [[of[each.id] for each in both] for of in rows]
    hours = _hours(before.run, after.run)
    found: dict[str, list[str]] = {"added": [], "removed": []}
    moved: list[Moved] = []
    compared = 0
    codes = [code for code in after.run.parameters if code in before.run.parameters]
    for code in codes:
        old, new = before.quantiles(code, at[0]), after.quantiles(code, at[1])
        had, has = (~np.isnan(of[1, :, 0]) for of in (old, new))
        for name, rest in {"added": has & ~had, "removed": had & ~has}.items():
            found[name] += [f"{both[row].id}: {code}" for row in np.flatnonzero(rest)]
        compared += int((had & has).sum())
        moved += _moved(code, both, after.run, old[..., hours[0]], new[..., hours[1]], hours[1])
    return Difference(
        stations_added=[each.id for each in after.stations if each.id not in rows[0]],
        stations_removed=[each.id for each in before.stations if each.id not in rows[1]],
        parameters_added=[c for c in after.run.parameters if c not in before.run.parameters],
        parameters_removed=[c for c in before.run.parameters if c not in after.run.parameters],
        series_added=found["added"],
        series_removed=found["removed"],
        same_times=_overlap(before.run, after.run),
        compared=compared,
        moved=sorted(moved, key=lambda each: (-each.widths, each.station_id)),
    )


def _shift(before: Run, after: Run) -> int:
    return (after.issue_time - before.issue_time) // STEP


def _overlap(before: Run, after: Run) -> bool:
    return abs(_shift(before, after)) < LEAD_HOURS


def _hours(before: Run, after: Run) -> tuple[list[int], list[int]]:
    """Return which hours are compared: indices of one run, and of the other."""
    shift = _shift(before, after)
    if not _overlap(before, after):
        return [(hour + shift) % LEAD_HOURS for hour in range(LEAD_HOURS)], [*range(LEAD_HOURS)]
    new = range(max(-shift, 0), LEAD_HOURS - max(shift, 0))
    return [hour + shift for hour in new], [*new]


def _moved(
    code: str,
    stations: Sequence[Station],
    run: Run,
    old: Floats,
    new: Floats,
    hours: Sequence[int],
) -> list[Moved]:
    of = PARAMETERS[code]
    # An interval without a width is taken for one step of the last decimal.
    least = 10.0**-of.decimals
    width = np.fmax(np.fmax(_width(of, old), _width(of, new)), least)
    widths = np.nan_to_num(_distance(of, old[1], new[1]) / width)
    found = []
    for row in np.flatnonzero((widths > 1).any(axis=1)).tolist():
        most = int(widths[row].argmax())
        found.append(
            Moved(
                stations[row].id,
                stations[row].name,
                code,
                int((widths[row] > 1).sum()),
                utc_text(_valid_time(run, hours[most])),
                float(old[1, row, most]),
                float(new[1, row, most]),
                round(float(widths[row, most]), 2),
            )
        )
    return found


def _valid_time(run: Run, hour: int) -> datetime:
    return run.issue_time + (hour + 1) * STEP


def _width(of: Parameter, quantiles: Floats) -> Floats:
    low, _, high = quantiles
    width: Floats = (high - low) % TURN if of.circular else high - low
    return width


def _distance(of: Parameter, one: Floats, other: Floats) -> Floats:
    """Return how far apart values are; the shorter turn of directions."""
    apart: Floats = np.abs(one - other)
    return np.minimum(apart, TURN - apart) if of.circular else apart
