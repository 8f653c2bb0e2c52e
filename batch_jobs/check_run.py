"""CheckRun: the quality gate between a loaded run and its readers.

A rejected run is kept with this report, and readers stay on the previous run.
"""

import logging
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from batch_jobs.load_report import LoadReport, ParameterStats
from batch_jobs.observations.late_sources import late_sources
from batch_jobs.observations.report import ReadReport
from forecasts.errors import DamagedItemError
from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS, Run, RunState
from forecasts.runs import current_pointer, get_run
from forecasts.stores.protocol import Reader

logger = logging.getLogger(__name__)

#: A front moved the mean pressure of three neighbouring airports by 4.6 widths in a day (New York,
#: 4 November 2013), the most in 71 replayed nights. So a single station may move by four times
#: what a large network may, and a hundred stations by hardly more.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Gate:
    """The limits that a run must meet to be published.

    Attributes:
        coverage: Least number of series, as a share of the published run's. It detects the outage
            of a provider; a few silent stations are normal.
        faults: Greatest number of faults of the transform's output, as a share of the stations,
            and greatest share of stations that have no item. One station must not cost all others
            their night.
        faulty_rows: Greatest share of broken rows among the rows that could have been used. A
            single parameter, source or country may have more, as long as most rows are of others:
            the night is judged without it.
        shift: Greatest change of a parameter's mean median from the published run, in mean
            widths of its 80 % interval, over very many stations. A wrong unit changes it by far
            more, weather never does. The mean of a few stations moves with their weather: at n
            stations, 1 + 3 / sqrt(n) times as much is allowed.
    """

    coverage: float = 0.7
    faults: float = 0.01
    faulty_rows: float = 0.25
    shift: float = 3.0


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    Attributes:
        name: What was checked.
        passed: False if the run must not be published.
        detail: Number and limit, for people.
    """

    name: str
    passed: bool
    detail: str


def check_run(
    run: Run, loaded: LoadReport, read: ReadReport, before: Run | None, gate: Gate
) -> list[Check]:
    """Judge a loaded run.

    Args:
        run: The run.
        loaded: The report of all its parts.
        read: The report of its observations.
        before: The published run, or None on the first night.
        gate: The limits.

    Returns:
        Every check; the run may be published if all of them passed.
    """
    return [
        _items(run, loaded, gate),
        Check("forecasts", series(loaded) > 0, f"{series(loaded)} series"),
        _coverage(loaded, before, gate),
        _faults(run, loaded, gate),
        _rows(read, gate),
        *_shifts(loaded, before, gate),
    ]


def checked(run: Run, loaded: LoadReport, read: ReadReport, before: Run | None, gate: Gate) -> Run:
    """Judge a loaded run; return it as `loaded` or `rejected`, with its report.

    The reason of one that is rejected names the sources that are too late, as they may be why.
    """
    checks = check_run(run, loaded, read, before, gate)
    accepted = all(check.passed for check in checks)
    reasons = [reason_of(checks), *late_sources(read.freshness, run.issue_time)]
    return replace(
        run,
        state=RunState.LOADED if accepted else RunState.REJECTED,
        reason=None if accepted else "; ".join(reasons),
        report=report_of(checks, loaded, read),
    )


def published_before(store: Reader) -> Run | None:
    """Return the published run, to compare the next one with; None if there is none.

    A damaged one counts as none, so that it costs only itself; the log names it.
    """
    pointer = current_pointer(store)
    try:
        return get_run(store, pointer.current) if pointer else None
    except DamagedItemError as error:
        logger.warning("%s. Tonight is not compared with it", error)
        return None


def report_of(checks: list[Check], loaded: LoadReport, read: ReadReport) -> dict[str, Any]:
    """Return the report that is stored with the run, JSON-ready: verdict, checks and counts."""
    return {
        "accepted": all(check.passed for check in checks),
        "checks": [asdict(check) for check in checks],
        "series": series(loaded),
        "missing": dict(sorted(loaded.missing.items())),
        "parameters": {c: _means(c, stats) for c, stats in sorted(loaded.parameters.items())},
        "faults": dict(sorted(loaded.faults.items())),
        "examples": loaded.examples,
        "write_units": loaded.write_units,
        "observations": read.to_json(),
    }


def reason_of(checks: list[Check]) -> str:
    """Return in one line why a run was rejected."""
    return "; ".join(f"{c.name}: {c.detail}" for c in checks if not c.passed)


def series(loaded: LoadReport) -> int:
    """Count the series (station and parameter) that have a forecast."""
    return sum(stats.series for stats in loaded.parameters.values())


def _means(code: str, stats: ParameterStats) -> dict[str, float]:
    hours = stats.series * LEAD_HOURS
    # The mean of a network's wind directions says nothing.
    mean = {} if PARAMETERS[code].circular else {"mean_p50": round(stats.median_sum / hours, 4)}
    return {"series": stats.series, **mean, "mean_width": round(stats.width_sum / hours, 4)}


def _items(run: Run, loaded: LoadReport, gate: Gate) -> Check:
    least = (1 - gate.faults) * run.stations
    detail = f"{loaded.stations} of {run.stations}; at least {1 - gate.faults:.0%}"
    return Check("stations have an item", loaded.stations >= max(least, 1), detail)


def _faults(run: Run, loaded: LoadReport, gate: Gate) -> Check:
    count = loaded.faults.total()
    detail = f"{count} faults at {run.stations} stations; at most {gate.faults:.0%}"
    return Check("transform output is complete", count <= gate.faults * run.stations, detail)


def _coverage(loaded: LoadReport, before: Run | None, gate: Gate) -> Check:
    name = "coverage against the published run"
    if before is None or not before.report.get("series"):
        return Check(name, passed=True, detail="there is no published run to compare with")
    share = series(loaded) / before.report["series"]
    detail = f"{share:.1%} of {before.report['series']} series; at least {gate.coverage:.0%}"
    return Check(name, share >= gate.coverage, detail)


def _rows(read: ReadReport, gate: Gate) -> Check:
    good, broken = read.used, read.faulty
    left_out = _systematic(read, gate)
    if left_out:
        good = max(good - read.groups[left_out][0], 0)
        broken -= read.groups[left_out][1]
    share = broken / max(good + broken, 1)
    detail = f"{share:.2%} of {good + broken} rows are broken; at most {gate.faulty_rows:.0%}"
    if left_out:
        detail += f"; without {left_out}, of which {_share(read.groups[left_out]):.2%} are broken"
    return Check("few rows are broken", share <= gate.faulty_rows, detail)


def _systematic(read: ReadReport, gate: Gate) -> str | None:
    """Return the group with most broken rows, if it is at fault and has less than half of all."""
    half = (read.used + read.faulty) / 2
    groups = read.groups.items()
    at_fault = [
        (c[1], name) for name, c in groups if _share(c) > gate.faulty_rows and sum(c) < half
    ]
    return max(at_fault)[1] if at_fault else None


def _share(counts: list[int]) -> float:
    return counts[1] / max(sum(counts), 1)


def _shifts(loaded: LoadReport, before: Run | None, gate: Gate) -> list[Check]:
    earlier = before.report.get("parameters", {}) if before else {}
    return [
        _shift(code, _means(code, stats), earlier[code], gate)
        for code, stats in sorted(loaded.parameters.items())
        if code in earlier and not PARAMETERS[code].circular
    ]


def _shift(code: str, now: dict[str, float], before: dict[str, float], gate: Gate) -> Check:
    width = max(now["mean_width"], before["mean_width"], 1e-6)
    moved = abs(now["mean_p50"] - before["mean_p50"]) / width
    most = gate.shift * (1 + _FEW / math.sqrt(max(min(now["series"], before["series"]), 1)))
    detail = (
        f"mean from {before['mean_p50']:g} to {now['mean_p50']:g}, "
        f"{moved:.2f} interval widths; at most {most:.2f}"
    )
    return Check(f"shift of {code}", moved <= most, detail)
