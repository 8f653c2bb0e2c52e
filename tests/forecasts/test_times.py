"""Times, written and read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.times import from_text, utc_text

zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=zones)  # noqa: DTZ001


@given(times)
def test_round_trip(time):
    """A time that is written and read is the same instant, to the second."""
    read = from_text(utc_text(time))

    assert read == time.replace(microsecond=0)
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2013-12-30T05:00:00Z", 5), ("2013-12-30T05:00:00+05:45", -0.75), ("20131230T05-0100", 6)],
)
def test_zones(text, hour):
    """A time in any zone is read and converted to UTC."""
    assert from_text(text) == datetime(2013, 12, 30, tzinfo=UTC) + timedelta(hours=hour)


def test_time_without_zone():
    """A time without a zone is refused with an example of one that has it."""
    with pytest.raises(ValueError, match="'2013-12-30T05:00' has no time zone; write 2013-12-30T"):
        from_text("2013-12-30T05:00")


@pytest.mark.parametrize("text", ["", "yesterday", "2013-13-01T00:00Z"])
def test_no_time(text):
    """A text that is not a time is refused."""
    with pytest.raises(ValueError, match=r"Invalid isoformat|month must be in"):
        from_text(text)
