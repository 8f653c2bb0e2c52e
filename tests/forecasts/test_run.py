"""Runs and their ids."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.run import LEAD_HOURS, RUN_ID, attempt_of, issue_time_of, run_id
from tests.factories import A_RUN, ISSUE_TIME

minutes = st.datetimes(
    datetime(1, 1, 1),  # noqa: DTZ001 -- hypothesis wants naive bounds
    datetime(2999, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda time: time.replace(second=0, microsecond=0))


@given(minutes, st.integers(1, 9999))
def test_id_says_issue_time_and_attempt(issue_time, attempt):
    """A run id contains issue time and attempt, and the API accepts it."""
    name = run_id(issue_time, attempt)

    assert RUN_ID.fullmatch(name)
    assert (issue_time_of(name), attempt_of(name)) == (issue_time, attempt)


def test_id_of_another_zone():
    """The same instant gives the same run in every zone."""
    nepal = timezone(timedelta(hours=5, minutes=45))

    assert run_id(ISSUE_TIME.astimezone(nepal), 1) == "20131230T0000Z-1"


@pytest.mark.parametrize("name", ["", "CURRENT", "20131330T0000Z-1", "20131230T0000Z"])
def test_no_run_id(name):
    """A text that is not a run id has no issue time."""
    with pytest.raises(ValueError, match="does not match format"):
        issue_time_of(name)


def test_times_of_a_run():
    """A run is valid for 24 hours, and the next one is due half an hour after its issue."""
    assert LEAD_HOURS == 24
    assert A_RUN.valid_until == datetime(2013, 12, 31, tzinfo=UTC)
    assert A_RUN.next_expected_at == datetime(2013, 12, 31, 0, 30, tzinfo=UTC)
