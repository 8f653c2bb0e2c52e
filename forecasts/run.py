"""A run: one nightly execution and all it makes; and the pointer that says which run is published.

A run id is made of the issue time and an attempt number, e.g. `20131230T0000Z-1`. The same schedule
time gives the same run; only a new attempt at a night that already ended gets a new id.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from secrets import token_hex
from typing import Any

from forecasts.times import utc_text

#: Hours that a run forecasts, and the spacing of runs.
HORIZON = timedelta(hours=24)
STEP = timedelta(hours=1)
LEAD_HOURS = HORIZON // STEP
#: Hours of observations that a forecast is made from; the last one ends at the issue time.
HISTORY_HOURS = 168
#: A series whose newest observation is older is not forecast.
MAX_AGE_HOURS = 12
INTERVAL = timedelta(hours=24)

#: How long after its issue time a night is published at the latest, if nothing goes wrong.
PUBLISH_ALLOWANCE = timedelta(minutes=30)

QUANTILES = ("p10", "p50", "p90")
#: Beside the quantiles of a parameter that is mostly zero: the chance of anything in each hour.
CHANCE = "chance"

RUN_ID = re.compile(r"\d{8}T\d{4}Z-\d{1,4}")
IDENTITY = re.compile(r"[0-9a-f]{16}")


class RunState(StrEnum):
    """How far a run has come. Readers only ever see published runs."""

    PLANNED = "planned"
    LOADED = "loaded"
    PUBLISHED = "published"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One nightly execution.

    Attributes:
        id: See `run_id`.
        issue_time: Aware UTC; the end of the last hour of observations that the run uses.
        state: How far it has come.
        model: Name of the model that makes the forecasts.
        parameters: Codes of the parameters it forecasts, in catalogue order.
        stations: Number of stations it was planned for.
        parts: Number of parts that its stations, and so its catalogue, are cut into.
        planned_at: Aware UTC; the items of the run expire a fixed time after it.
        published_at: Aware UTC; None until the run is published for the first time.
        reason: Why it was rejected or failed, if it was.
        report: The quality report; JSON-ready, see `batch_jobs.check_run`.
        identity: Tells the run from every other one, also from one of the same id in a store that
            was made anew; see `new_identity`. None for a run of before there were identities.
        notice: What readers must know, e.g. that the weather is not real. None for the weather of
            the day, as a network measures it.
    """

    id: str
    issue_time: datetime
    state: RunState
    model: str
    parameters: tuple[str, ...]
    stations: int
    parts: int
    planned_at: datetime
    published_at: datetime | None = None
    reason: str | None = None
    report: dict[str, Any] = field(default_factory=dict)
    identity: str | None = None
    notice: str | None = None

    @property
    def valid_until(self) -> datetime:
        """Valid time of the last forecast value, aware UTC."""
        return self.issue_time + HORIZON

    @property
    def next_expected_at(self) -> datetime:
        """When the next night should be readable, aware UTC."""
        return self.issue_time + INTERVAL + PUBLISH_ALLOWANCE

    @property
    def has_download(self) -> bool:
        """Whether its night wrote all of its forecasts into a file for download."""
        return "forecasts" in self.report.get("downloads", {})


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which run is published.

    Attributes:
        current: Id of the published run.
        previous: Id of the run that a rollback publishes again; None if there is no such run.
        version: Counts the moves of the pointer; 1 after the first.
        changed_at: Aware UTC time of the last move; a rollback moves it forward, too.
        identity: That of the published run, so that a lookup need not read the run.
    """

    current: str
    previous: str | None
    version: int
    changed_at: datetime
    identity: str | None = None


def run_id(issue_time: datetime, attempt: int) -> str:
    """Make the id of a run.

    Args:
        issue_time: Aware; on the minute.
        attempt: Counts from 1.

    >>> run_id(datetime(2013, 12, 30, tzinfo=UTC), 1)
    '20131230T0000Z-1'
    """
    minute = utc_text(issue_time)[: len("2013-12-30T00:00")]
    return f"{minute.replace('-', '').replace(':', '')}Z-{attempt}"


def new_identity() -> str:
    """Make the identity of a run: 16 characters that no other run has."""
    return token_hex(8)


def issue_time_of(run: str) -> datetime:
    """Read the issue time (aware UTC) from a run id.

    Raises:
        ValueError: *run* is not a run id.
    """
    return datetime.strptime(run.rpartition("-")[0], "%Y%m%dT%H%MZ").replace(tzinfo=UTC)


def attempt_of(run: str) -> int:
    """Read the attempt number from a run id."""
    return int(run.rpartition("-")[2])
