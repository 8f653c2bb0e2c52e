"""PlanRun: turns an issue time into a run id, and cuts the stations into parts.

The same issue time gives the same run: a second start finds it done, or continues it under the
same id. Only a failed night, or an operator's request, begins a new attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from batch_jobs.errors import IssueTimeError
from forecasts.missing import LeftOut
from forecasts.run import (
    RUN_ID,
    Run,
    RunState,
    attempt_of,
    issue_time_of,
    new_identity,
    run_id,
)
from forecasts.runs import list_runs, put_run, run_ids
from forecasts.station import Station
from forecasts.stores.protocol import Reader, Store
from forecasts.times import HOUR, utc_text

#: A part has one file of transform input, one of output, and one item of the catalogue.
STATIONS_OF_A_PART = 1000

#: Final states, in which a second start has nothing to do.
DONE = (RunState.PUBLISHED, RunState.REJECTED)


@dataclass(frozen=True, slots=True)
class Part:
    """Stations that pass through the states together.

    Attributes:
        number: Counts from 0.
        stations: In order of id.
        left_out: The known stations that the run is not planned for, to be stored with the first
            part; other parts have none.
    """

    number: int
    stations: tuple[Station, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def name(self) -> str:
        """File name of the part's transform input; SageMaker adds `.out` for the output."""
        return f"part-{self.number:05d}.jsonl"


@dataclass(frozen=True, slots=True)
class Plan:
    """A run and the parts to make."""

    run: Run
    parts: tuple[Part, ...]


def check_issue_time(issue_time: datetime, now: datetime) -> None:
    """Refuse an issue time that no run can have.

    Raises:
        IssueTimeError: It has no time zone, is not a whole hour, or is later than *now*.
    """
    if issue_time.tzinfo is None:
        raise IssueTimeError(f"issue time {issue_time} has no time zone; end it with Z")
    if issue_time.timestamp() % HOUR.total_seconds():
        raise IssueTimeError(f"issue time {issue_time} is not a whole hour")
    if issue_time > now:
        raise IssueTimeError(f"issue time {utc_text(issue_time)} is in the future")


def latest_attempt(store: Reader, issue_time: datetime) -> Run | None:
    """Return the newest run of an issue time, in whatever state it is.

    Runs that are damaged do not count; the log names them.
    """
    runs = [run for run in list_runs(store) if run.issue_time == issue_time]
    return max(runs, key=lambda run: attempt_of(run.id), default=None)


def plan_run(  # noqa: PLR0913 -- each is a fact about the night
    store: Store,
    issue_time: datetime,
    stations: Sequence[Station],
    *,
    model: str,
    parameters: tuple[str, ...],
    now: datetime,
    left_out: tuple[LeftOut, ...] = (),
    notice: str | None = None,
    new_attempt: bool = False,
) -> Plan:
    """Plan a run and store it.

    Args:
        store: Holds the runs.
        issue_time: Aware, a whole hour.
        stations: All stations with observations.
        model: Name of the model.
        parameters: Codes of the parameters that it forecasts.
        now: Aware.
        left_out: The known stations without usable observations, and what they lack.
        notice: What readers must know about the observations.
        new_attempt: Begin a new run instead of continuing an unfinished one.
    """
    before = latest_attempt(store, issue_time)
    resumed = before is not None and not new_attempt and before.state in _UNFINISHED
    attempt = attempt_of(before.id) if before and resumed else _next_attempt(store, issue_time)
    run = Run(
        id=run_id(issue_time, attempt),
        issue_time=issue_time,
        state=RunState.PLANNED,
        model=model,
        parameters=parameters,
        stations=len(stations),
        parts=-(-len(stations) // STATIONS_OF_A_PART),
        # Unchanged by a second start, so that its items have the bytes of an undisturbed run.
        planned_at=before.planned_at if before and resumed else now,
        identity=before.identity if before and resumed else new_identity(),
        notice=notice,
    )
    put_run(store, run)
    return Plan(run, cut(stations, left_out))


def _next_attempt(store: Reader, issue_time: datetime) -> int:
    """Return the number after all attempts at a night; readers may be on one that is damaged."""
    ids = [each for each in run_ids(store) if RUN_ID.fullmatch(each)]
    attempts = [attempt_of(each) for each in ids if issue_time_of(each) == issue_time]
    return max(attempts, default=0) + 1


_UNFINISHED = (RunState.PLANNED, RunState.LOADED)


def cut(stations: Sequence[Station], left_out: tuple[LeftOut, ...] = ()) -> tuple[Part, ...]:
    """Cut stations into parts."""
    size = STATIONS_OF_A_PART
    starts = range(0, len(stations), size)
    chosen = (tuple(stations[start : start + size]) for start in starts)
    return tuple(
        Part(number, part, () if number else left_out) for number, part in enumerate(chosen)
    )
