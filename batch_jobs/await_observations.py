"""AwaitObservations: a night waits until enough series of the night before are fresh.

A fetch that is some minutes late costs forecasts of a whole day, so a night may wait for it. One
look reads the newest hours only. The time is counted from the issue time: a night that is started
late, again or for a past day waits no longer than one that starts on time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from batch_jobs.check_run import published_before
from batch_jobs.errors import BatchJobsError, NoObservationsError
from batch_jobs.observations.read import read_observations
from batch_jobs.observations.report import Freshness
from batch_jobs.plan_run import check_issue_time, latest_attempt
from forecasts.errors import ForecastsError
from forecasts.run import MAX_AGE_HOURS, Run, RunState
from forecasts.stores.protocol import Reader

#: A few silent stations are normal, as they are for CheckRun.
FRESH_SHARE = 0.9

#: A look opens the files of some days, which S3 charges for.
SECONDS_BETWEEN_LOOKS = 120

#: Late sources and countries that a sentence names.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a night waits for.

    Attributes:
        store: Holds the runs.
        observations: Folder or S3 prefix.
        issue_time: Aware, a whole hour.
        minutes: The wait ends so many minutes after the issue time; 0 for no wait.
        share: The wait ends if so many series of the night before are fresh, 0 to 1.
        new_attempt: The night is run again even if it is done.
    """

    store: Reader
    observations: str
    issue_time: datetime
    minutes: int
    share: float = FRESH_SHARE
    new_attempt: bool = False


class Late(NamedTuple):
    """Series of a source in a country that are not fresh.

    Attributes:
        source: As in `Freshness`.
        country: Two letters, or "" if it is unknown.
        late: Number of series that are not fresh.
        series: Number of series that the night before had.
        newest: RFC 3339 UTC; time of the newest reading of all of them.
    """

    source: str
    country: str
    late: int
    series: int
    newest: str

    def __str__(self) -> str:
        """Return numbers, place and time, for people."""
        where = f"{self.source} in {self.country or 'no country'}"
        return f"{self.late:,} of {self.series:,} of {where}, newest {self.newest}"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the observations has found.

    Attributes:
        series: Number of series of the night before; 0 if there is nothing to wait for.
        fresh: How many of them have a reading in the last 3 hours before the issue time.
        late: Where the others are, most first.
        share: The share of them that is wanted.
        seconds_left: How long the night may still wait; 0 if it goes on.
        reason: Why there is nothing to wait for; None if there is.
    """

    series: int = 0
    fresh: int = 0
    late: tuple[Late, ...] = ()
    share: float = 0.0
    seconds_left: int = 0
    reason: str | None = None

    @property
    def wait_seconds(self) -> int:
        """Seconds until the next look; 0 if the night goes on."""
        return min(self.seconds_left, SECONDS_BETWEEN_LOOKS)

    def __str__(self) -> str:
        """Return a sentence for people."""
        if self.reason is not None:
            return f"not waiting for observations: {self.reason}"
        begin = "waiting for observations" if self.seconds_left else "observations"
        fresh = f"{self.fresh / self.series:.1%} of {self.series:,} series of the night before"
        parts = [f"{begin}: {fresh} are fresh, {self.share:.0%} wanted", *self._late()]
        if self.seconds_left:
            parts.append(f"{ceil(self.seconds_left / 60)} minutes left")
        return "; ".join(parts)

    def _late(self) -> list[str]:
        named = [str(each) for each in self.late[:MOST_NAMED]]
        more = len(self.late) - len(named)
        if more:
            named.append(f"{more} more sources and countries")
        return [f"late: {'; '.join(named)}"] if named else []


def await_observations(
    awaited: Awaited,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    say: Callable[[str], None],
) -> None:
    """Look until the night may begin, and say what each look has found.

    A look that fails ends the wait and not the night, which meets the same fault if it lasts.

    Args:
        awaited: What the night waits for.
        clock: Returns the aware time now.
        sleep: Waits for so many seconds.
        say: Tells people a sentence.
    """
    while True:
        try:
            found = look(awaited, clock())
        except (BatchJobsError, ForecastsError, OSError) as error:
            say(f"not waiting for observations: {error}")
            return
        say(str(found))
        if not found.wait_seconds:
            return
        sleep(found.wait_seconds)


def look(awaited: Awaited, now: datetime) -> Look:
    """Look once whether enough series of the night before are fresh.

    These are the series that it could forecast: those with a reading in its last 12 hours. Each
    source and country counts for itself, so new series do not make up for late ones.

    Args:
        awaited: What the night waits for.
        now: Aware.

    Raises:
        IssueTimeError: No run can have this issue time.
        LocationError: The observations cannot be listed.
        StoreError: The store failed.
        DamagedItemError: The pointer is damaged.
    """
    check_issue_time(awaited.issue_time, now)
    reason = _begun(awaited) if awaited.minutes else "it is switched off"
    if reason is not None:
        return Look(reason=reason)
    before = published_before(awaited.store)
    had = _freshness_of(before) if before else []
    series = sum(map(_forecast, had))
    if before is None or not series:
        return Look(reason="no night before has fresh series to compare with")
    late = _late(had, _newest_hours(awaited, before))
    fresh = series - sum(each.late for each in late)
    end = awaited.issue_time + timedelta(minutes=awaited.minutes)
    is_enough = fresh >= awaited.share * series
    left = 0 if is_enough else max(ceil((end - now).total_seconds()), 0)
    return Look(series, fresh, late, awaited.share, left)


def _begun(awaited: Awaited) -> str | None:
    """Return why this night needs no new observations; None if it does."""
    run = latest_attempt(awaited.store, awaited.issue_time)
    if run is None or run.state is RunState.FAILED or awaited.new_attempt:
        return None
    return f"run {run.id} is {run.state} already"


def _freshness_of(run: Run) -> list[Freshness]:
    found: list[Freshness] = run.report.get("observations", {}).get("freshness", [])
    return found


def _forecast(counts: Freshness) -> int:
    return counts["fresh"] + counts["stale"]


def _newest_hours(awaited: Awaited, before: Run) -> list[Freshness]:
    try:
        observations = read_observations(
            awaited.observations,
            end=awaited.issue_time,
            hours=MAX_AGE_HOURS,
            parameters=before.parameters,
        )
    except NoObservationsError:
        return []
    return observations.report.freshness


def _late(had: list[Freshness], has: list[Freshness]) -> tuple[Late, ...]:
    tonight = {(each["source"], each["country"]): each for each in has}
    found = []
    for was in had:
        of = was["source"], was["country"]
        now = tonight.get(of)
        series, fresh = _forecast(was), now["fresh"] if now else 0
        if fresh < series:
            newest = now["newest"] if now else was["newest"]
            found.append(Late(*of, series - fresh, series, newest))
    return tuple(sorted(found, key=lambda each: (-each.late, each)))
