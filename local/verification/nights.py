"""Verifies nights: those that were run, and those of the past that are run for it (a replay)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from batch_jobs.errors import NoObservationsError
from batch_jobs.nightly import Night, forecast_night
from batch_jobs.observations.read import read_observations
from batch_jobs.plan_run import check_issue_time
from batch_jobs.progress import Track
from batch_jobs.verify_run import verify_run
from forecasts.run import LEAD_HOURS, Run, RunState
from forecasts.runs import list_runs
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text
from local.errors import ReplayError
from local.verification.report import VerificationReport

_DAY = timedelta(days=1)
_LEADS = timedelta(hours=LEAD_HOURS)


def verify_runs(
    store: Reader,
    runs: Sequence[Run],
    observations: str,
    report: VerificationReport,
    track: Track,
) -> None:
    """Add the verification of runs to a report; one without observations costs only itself.

    Raises:
        LocationError: There is no such location.
        StoreError: The store cannot be read.
        DamagedItemError: The catalogue of a run is damaged.
    """
    for run in track(runs, "Verifying", len(runs)):
        _verify(store, run, observations, report)


def _verify(store: Reader, run: Run, observations: str, report: VerificationReport) -> None:
    try:
        observed = read_observations(
            observations, end=run.valid_until, hours=LEAD_HOURS, parameters=run.parameters
        )
    except NoObservationsError as error:
        report.remark(run.id, f"not verified: {error}")
    else:
        report.add(verify_run(store, run, observed))


def issue_times(since: datetime, until: datetime, now: datetime) -> list[datetime]:
    """Return an issue time for each day from *since* on, up to *until*.

    Raises:
        IssueTimeError: *since* is not a whole hour.
        ReplayError: The hours of the last night are not over, or there is no night at all.
    """
    check_issue_time(since, max(since, now))
    if until < since:
        raise ReplayError(f"no night from {utc_text(since)} to {utc_text(until)}")
    times = [since + number * _DAY for number in range((until - since) // _DAY + 1)]
    if times[-1] + _LEADS > now:
        last = utc_text((now - _LEADS).replace(minute=0, second=0, microsecond=0))
        raise ReplayError(f"the 24 hours of {utc_text(times[-1])} are not over; end at {last}")
    return times


@dataclass(frozen=True)
class Replay:
    """Nights of the past to run one after the other, as they would have been run.

    Nights that are rejected are verified as well: they say as much about the model.

    Attributes:
        issue_times: Oldest first, all of them a day and more ago.
        night: Returns the night of an issue time; all nights have the same store and model.
    """

    issue_times: Sequence[datetime]
    night: Callable[[datetime], Night]

    def run(self, report: VerificationReport, track: Track) -> None:
        """Run and verify each night; one that fails for its observations costs only itself.

        A night that is done is not run again, so a replay that was stopped continues.

        Raises:
            ReplayError: The store has nights of another model, or later ones.
            BatchJobsError, ForecastsError, ModelError: A night failed for another reason.
        """
        self._check_store()
        for issue_time in track(self.issue_times, "Nights", len(self.issue_times)):
            self._run(issue_time, report)

    def _check_store(self) -> None:
        night = self.night(self.issue_times[-1])
        for run in list_runs(night.store):
            if run.issue_time > night.issue_time:
                raise ReplayError(f"the store has a later night, {run.id}; {_OTHER_FILE}")
            if run.model != night.model.name:
                raise ReplayError(f"run {run.id} is of the model {run.model}; {_OTHER_FILE}")

    def _run(self, issue_time: datetime, report: VerificationReport) -> None:
        night = self.night(issue_time)
        try:
            run = forecast_night(night)
        except NoObservationsError as error:
            report.remark(utc_text(issue_time), f"not run: {error}")
            return
        if run.state is not RunState.PUBLISHED:
            report.remark(run.id, f"{run.state}: {run.reason}")
        _verify(night.store, run, night.observations, report)


_OTHER_FILE = "name a file of its own for this replay"
