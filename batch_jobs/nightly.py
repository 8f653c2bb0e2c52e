"""The nightly run on one machine: the same states that the state machine runs on AWS.

A night that is killed at any point completes when it is started again: every state can be repeated
and leaves the same items, and readers see nothing before the last state.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from batch_jobs.announce_run import announce_run
from batch_jobs.announcements.announcer import Announcer
from batch_jobs.build_input import build_input
from batch_jobs.check_run import Gate, checked, published_before
from batch_jobs.errors import BatchJobsError
from batch_jobs.fail_run import fail_run
from batch_jobs.feeds.compaction import CompactionReport, compact
from batch_jobs.input_drift import compare_inputs
from batch_jobs.load_report import LoadReport
from batch_jobs.memory import give_back
from batch_jobs.night_folder import night_folder
from batch_jobs.night_verification import hours_of, verify_night
from batch_jobs.observations.days import Days
from batch_jobs.observations.files import Location, open_location
from batch_jobs.observations.read import Observations, read_observations
from batch_jobs.observations.report import ReadReport
from batch_jobs.observations.window import asked_window
from batch_jobs.parts import LoadJob, load_part, transform_part, values_file, verify_stations
from batch_jobs.plan_run import DONE, Plan, check_issue_time, latest_attempt, plan_run
from batch_jobs.progress import Track, quiet
from batch_jobs.publish_run import publish_run
from batch_jobs.verified_night import VerifiedNight
from batch_jobs.verify_run import Verification
from batch_jobs.workers import Tools, Workers, this_process
from batch_jobs.write_downloads import delete_expired, write_downloads
from forecasts.errors import ConflictError, ForecastsError
from forecasts.run import HISTORY_HOURS, Run, RunState
from forecasts.runs import put_run
from forecasts.stores.protocol import Store
from model.errors import ModelError
from model.prediction import Model


@dataclass
class Night:
    """What a nightly run needs.

    Attributes:
        store: Takes the forecasts.
        model: Makes the forecasts.
        observations: Folder or S3 prefix.
        issue_time: Aware, a whole hour.
        clock: Returns the aware time now.
        new_attempt: Run the night again even if it is done.
        gate: The limits that the run must meet.
        track: Shows progress.
        start_workers: Starts processes that transform and load, given the number of parts. None
            to work in this process.
        keep: Takes the verification of each run that is due.
        downloads: Where the files of whole runs are, for download; None to write none.
        announcer: Tells others that the run is published.
        seconds: How long each state took; filled by `run_night`.
        untold: What went wrong when others were told; filled by `run_night`.
        compaction: What compaction did after the run was published; filled by `run_night`.
    """

    store: Store
    model: Model
    observations: str
    issue_time: datetime
    clock: Callable[[], datetime]
    new_attempt: bool = False
    gate: Gate = field(default_factory=Gate)
    track: Track = quiet
    start_workers: Callable[[int], AbstractContextManager[Workers]] | None = None
    keep: Callable[[Verification], None] | None = None
    downloads: Location | None = None
    announcer: Announcer = field(default_factory=Announcer)
    seconds: dict[str, float] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)
    compaction: CompactionReport = field(default_factory=CompactionReport)

    @contextmanager
    def timed(self, state: str) -> Iterator[None]:
        """Measure how long a state takes, in seconds."""
        started = time.perf_counter()
        yield
        self.seconds[state] = round(time.perf_counter() - started, 3)


def run_night(night: Night) -> Run:
    """Run a night, or find it done; then tell others, and compact the days that it has read.

    Returns and raises what `forecast_night` does.
    """
    run = forecast_night(night)
    found_done = not night.seconds
    if run.state is RunState.PUBLISHED and not found_done:
        _announce(night, run)
        _compact(night)
    return run


def forecast_night(night: Night) -> Run:
    """Run a night, or find it done, and leave the observations as they are.

    Returns:
        The run: published; or rejected by its gate; or loaded, if readers are on a later night.

    Raises:
        BatchJobsError: No observations, no such location, or an impossible issue time. Nothing was
            written, or the run is marked failed.
        ConflictError: Another process is working on the same night, and continues.
        ForecastsError: The store failed; the run is marked failed if the store still works.
        ModelError: The model and its input do not fit; the run is marked failed.
    """
    check_issue_time(night.issue_time, night.clock())
    before = latest_attempt(night.store, night.issue_time)
    if before and before.state in DONE and not night.new_attempt:
        return before
    if before and before.state is RunState.LOADED and not night.new_attempt:
        return _publish(night, before)
    return _run(night)


def _run(night: Night) -> Run:
    with ExitStack() as stack:
        early = _early_workers(night, stack)
        observations = _read(night)
        give_back()  # before workers need it
        plan, read = _plan(night, observations), observations.report
        stack.enter_context(_marked(night, plan.run.id))
        folder = stack.enter_context(night_folder())
        workers = early or stack.enter_context(_workers(night, len(plan.parts)))
        verified = _verify(night, plan.run, observations, workers)
        _build(night, plan, observations, verified, folder)
        del observations  # half a gigabyte for 100,000 stations
        give_back()
        _transform(night, plan, folder, workers)
        loaded = _load(night, plan, verified, folder, workers)
        verified.put(night.store)
        written = _write_downloads(night, plan, folder, verified)
        run = _check(night, plan.run, loaded, read, verified.reported() | written)
        return run if run.state is not RunState.LOADED else _publish(night, run)


def _early_workers(night: Night, stack: ExitStack) -> Workers | None:
    """Start workers if the run before had several parts: they start while observations are read."""
    try:
        before = published_before(night.store)
    except ForecastsError:
        return None  # the state that needs it says so
    if before is None or before.parts == 1:
        return None
    return stack.enter_context(_workers(night, before.parts))


@contextmanager
def _marked(night: Night, run_id: str) -> Iterator[None]:
    """Mark the run failed if the block fails."""
    try:
        yield
    except ConflictError:
        # Another process is working on the same run, so this one must not mark it failed.
        raise
    except (BatchJobsError, ForecastsError, ModelError, OSError) as error:
        _fail(night, run_id, error)
        raise


def _workers(night: Night, parts: int) -> AbstractContextManager[Workers]:
    if night.start_workers is None or parts == 1:
        return nullcontext(this_process(Tools(night.store, night.model)))
    return night.start_workers(parts)


def _read(night: Night) -> Observations:
    with night.timed("ReadObservations"):
        return read_observations(
            night.observations,
            end=night.issue_time,
            hours=HISTORY_HOURS,
            parameters=night.model.parameters,
            track=night.track,
        )


def _plan(night: Night, observations: Observations) -> Plan:
    with night.timed("PlanRun"):
        compare_inputs(observations, lambda: night.model.network)
        return plan_run(
            night.store,
            night.issue_time,
            observations.stations,
            model=night.model.name,
            parameters=night.model.parameters,
            now=night.clock(),
            left_out=observations.left_out,
            notice=observations.notice,
            new_attempt=night.new_attempt,
        )


def _verify(night: Night, run: Run, observations: Observations, workers: Workers) -> VerifiedNight:
    with night.timed("VerifyRun"):
        observed = partial(hours_of, observations)
        do = partial(workers, verify_stations)
        return verify_night(night.store, run, observed, night.keep, night.track, do)


def _build(
    night: Night, plan: Plan, observations: Observations, verified: VerifiedNight, folder: Path
) -> None:
    with night.timed("BuildInput"):
        for part in night.track(plan.parts, "BuildInput", len(plan.parts)):
            (folder / part.name).write_bytes(
                build_input(observations, part, verified.stations.factors)
            )


def _transform(night: Night, plan: Plan, folder: Path, workers: Workers) -> None:
    files = [folder / part.name for part in plan.parts]
    with night.timed("Transform"):
        for _ in night.track(workers(transform_part, files), "Transform", len(files)):
            pass


def _load(
    night: Night, plan: Plan, verified: VerifiedNight, folder: Path, workers: Workers
) -> LoadReport:
    loaded = LoadReport()
    jobs = [
        LoadJob(
            plan.run,
            part,
            folder,
            verified.stations.of(part.stations),
            keeps_values=night.downloads is not None,
        )
        for part in plan.parts
    ]
    with night.timed("LoadForecasts"):
        for report in night.track(workers(load_part, jobs), "LoadForecasts", len(jobs)):
            loaded.merge(report)
    return loaded


def _write_downloads(
    night: Night, plan: Plan, folder: Path, verified: VerifiedNight
) -> dict[str, Any]:
    if night.downloads is None:
        return {}
    with night.timed("WriteDownloads"):
        delete_expired(night.downloads, night.store, night.clock())
        written = write_downloads(
            night.downloads,
            night.store,
            plan.run,
            plan.parts,
            lambda part: values_file(folder, part).read_bytes(),
            verified,
        )
    return {"downloads": written}


def _check(
    night: Night, run: Run, loaded: LoadReport, read: ReadReport, more: Mapping[str, Any]
) -> Run:
    with night.timed("CheckRun"):
        judged = checked(run, loaded, read, published_before(night.store), night.gate)
    judged = replace(judged, report={**judged.report, **more, "seconds": dict(night.seconds)})
    put_run(night.store, judged)
    return judged


def _publish(night: Night, run: Run) -> Run:
    with night.timed("PublishRun"):
        return publish_run(night.store, run.id, night.clock())


def _announce(night: Night, run: Run) -> None:
    """Tell others of the run; they can always ask, so the night succeeds without."""
    if not night.announcer.channels:
        return
    with night.timed("AnnounceRun"):
        try:
            night.untold = announce_run(night.store, run.id, night.announcer)
        except ForecastsError as error:
            night.untold.append(str(error))


def _compact(night: Night) -> None:
    """Compact the days that this night has read; the next night does what fails."""
    days = Days.of(asked_window(night.issue_time, HISTORY_HOURS))
    with night.timed("CompactObservations"):
        try:
            location = open_location(night.observations)
            night.compaction = compact(location, night.clock(), days=days, track=night.track)
        except (BatchJobsError, OSError) as error:
            # The forecasts are published, so the night has succeeded.
            night.compaction.left.append(str(error))


def _fail(night: Night, run_id: str, error: Exception) -> None:
    try:
        fail_run(night.store, run_id, f"{type(error).__name__}: {error}")
    except ForecastsError:
        # The store itself failed; *error* says so, and the run stays unfinished.
        return
