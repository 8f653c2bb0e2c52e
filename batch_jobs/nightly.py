"""The nightly run in one process: the same states that the state machine runs on AWS.

Killed at any point and started again it completes: every state can be done again and leaves the
same items, and readers see nothing before the last one.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from batch_jobs.build_input import build_input
from batch_jobs.check_run import Gate, checked, published_before
from batch_jobs.errors import BatchJobsError
from batch_jobs.fail_run import fail_run
from batch_jobs.load_forecasts import LoadReport, load_forecasts
from batch_jobs.observations import read_observations
from batch_jobs.plan_run import DONE, check_issue_time, latest_attempt, plan_run
from batch_jobs.progress import quiet
from batch_jobs.publish_run import publish_or_keep
from batch_jobs.transform import transform
from forecasts.errors import ConflictError, ForecastsError
from forecasts.run import HISTORY_HOURS, RunState
from forecasts.runs import put_run
from model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from batch_jobs.observations import Observations
    from batch_jobs.plan_run import Plan
    from batch_jobs.progress import Track
    from batch_jobs.report import ReadReport
    from forecasts.run import Run
    from forecasts.store import Store
    from model.artifact import Model


@dataclass
class Night:
    """What a nightly run is made of and with.

    Attributes:
        store: Where forecasts go.
        model: Makes them.
        observations: Folder or S3 prefix.
        issue_time: Aware, on the hour.
        clock: Gives the aware time now.
        new_attempt: Begin again although the night was done.
        gate: What the run must reach.
        track: Shows progress.
        seconds: Filled: how long each state took.
    """

    store: Store
    model: Model
    observations: str
    issue_time: datetime
    clock: Callable[[], datetime]
    new_attempt: bool = False
    gate: Gate = field(default_factory=Gate)
    track: Track = quiet
    seconds: dict[str, float] = field(default_factory=dict)

    def timed(self, state: str, started: float) -> None:
        """Note how long a state took, in seconds."""
        self.seconds[state] = round(time.perf_counter() - started, 3)


def run_night(night: Night) -> Run:
    """Run a night, or find it done.

    Returns:
        The run: published; or rejected by its gate; or loaded, where readers are on a later night.

    Raises:
        BatchJobsError: No observations, no such place, an issue time that cannot be. Nothing was
            written, or the run is marked failed.
        ConflictError: Another process is at work on the same night; it goes on.
        ForecastsError: The store failed; the run is marked failed if the store still can.
        ModelError: The model and its input do not fit; the run is marked failed.
    """
    check_issue_time(night.issue_time, night.clock())
    before = latest_attempt(night.store, night.issue_time)
    if before and before.state in DONE and not night.new_attempt:
        return before
    if before and before.state is RunState.LOADED and not night.new_attempt:
        return _publish(night, before)
    observations = _read(night)
    plan = _plan(night, observations)
    try:
        return _make(night, plan, observations)
    except ConflictError:
        # Another process is at work on the same run: it is not this one's to mark failed.
        raise
    except (BatchJobsError, ForecastsError, ModelError, OSError) as error:
        _fail(night, plan.run.id, error)
        raise


def _read(night: Night) -> Observations:
    started = time.perf_counter()
    observations = read_observations(
        night.observations,
        end=night.issue_time,
        hours=HISTORY_HOURS,
        parameters=night.model.parameters,
        track=night.track,
    )
    night.timed("ReadObservations", started)
    return observations


def _plan(night: Night, observations: Observations) -> Plan:
    started = time.perf_counter()
    plan = plan_run(
        night.store,
        night.issue_time,
        observations.stations,
        model=night.model.name,
        parameters=night.model.parameters,
        now=night.clock(),
        new_attempt=night.new_attempt,
    )
    night.timed("PlanRun", started)
    return plan


def _make(night: Night, plan: Plan, observations: Observations) -> Run:
    with tempfile.TemporaryDirectory(prefix="stationcast-") as name:
        folder = Path(name)
        _build(night, plan, observations, folder)
        _transform(night, plan, folder)
        loaded = _load(night, plan, folder)
    run = _check(night, plan.run, loaded, observations.report)
    if run.state is not RunState.LOADED:
        return run
    return _publish(night, run)


def _build(night: Night, plan: Plan, observations: Observations, folder: Path) -> None:
    started = time.perf_counter()
    for part in night.track(plan.parts, "BuildInput", len(plan.parts)):
        (folder / part.name).write_bytes(build_input(observations, part))
    night.timed("BuildInput", started)


def _transform(night: Night, plan: Plan, folder: Path) -> None:
    started = time.perf_counter()
    for part in night.track(plan.parts, "Transform", len(plan.parts)):
        output = transform(night.model, (folder / part.name).read_bytes())
        (folder / f"{part.name}.out").write_bytes(output)
    night.timed("Transform", started)


def _load(night: Night, plan: Plan, folder: Path) -> LoadReport:
    started = time.perf_counter()
    loaded = LoadReport()
    for part in night.track(plan.parts, "LoadForecasts", len(plan.parts)):
        lines = (folder / part.name).read_bytes()
        output = (folder / f"{part.name}.out").read_bytes()
        loaded.merge(load_forecasts(night.store, plan.run, part, lines, output))
    night.timed("LoadForecasts", started)
    return loaded


def _check(night: Night, run: Run, loaded: LoadReport, read: ReadReport) -> Run:
    started = time.perf_counter()
    judged = checked(run, loaded, read, published_before(night.store), night.gate)
    night.timed("CheckRun", started)
    judged = replace(judged, report=judged.report | {"seconds": dict(night.seconds)})
    put_run(night.store, judged)
    return judged


def _publish(night: Night, run: Run) -> Run:
    started = time.perf_counter()
    run = publish_or_keep(night.store, run.id, night.clock())
    if run.state is RunState.PUBLISHED:
        night.timed("PublishRun", started)
    return run


def _fail(night: Night, run_id: str, error: Exception) -> None:
    try:
        fail_run(night.store, run_id, f"{type(error).__name__}: {error}")
    except ForecastsError:
        # The store itself is the trouble; *error* says so, and the run stays unfinished.
        return
