"""Times and intervals of OGC API EDR."""

from datetime import timedelta

import pytest

from api.schemas.intervals import MOST_TIMES, intervals_of, is_within
from forecasts.times import HOUR
from tests.factories import ISSUE_TIME

AT = [ISSUE_TIME + hour * HOUR for hour in range(25)]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2013-12-30T02:00:00Z", [2]),
        ("2013-12-30T02:00Z", [2]),
        ("2013-12-30t02:00:00z", [2]),
        ("2013-12-30T02:30:00Z", []),
        ("2013-12-30T02:00:00Z,2013-12-30T05:00:00Z", [2, 5]),
        ("2013-12-30T02:00:00Z/2013-12-30T04:00:00Z", [2, 3, 4]),
        ("2013-12-30T02:30:00Z/2013-12-30T04:30:00Z", [3, 4]),
        ("../2013-12-30T02:00:00Z", [0, 1, 2]),
        ("2013-12-30T23:00:00Z/..", [23, 24]),
        ("/2013-12-30T02:00:00Z", [0, 1, 2]),
        ("2013-12-30T23:00:00Z/", [23, 24]),
        ("2013-12-30T03:00:00+01:00", [2]),
        ("2013-12-30T03:00:00 01:00", [2]),
        ("R2/2013-12-30T01:00:00Z/PT3H", [1, 4, 7]),
        ("R1/2013-12-30T01:00:00Z/PT90M", [1]),
        ("R5/2013-12-30T01:00:00Z/P1D", [1]),
        ("R9/9999-12-31T01:00:00Z/P999D", []),
    ],
)
def test_hours(text, hours):
    """A time, a list, an interval or a repeating one choose hours by their ends."""
    intervals = intervals_of(text)

    assert [hour for hour, time in enumerate(AT) if is_within(time, intervals)] == hours


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("../..", "both ends are open"),
        ("/", "both ends are open"),
        ("yesterday", "'yesterday' is no time"),
        ("", "'' is no time"),
        ("2013-12-30T02:00:00", "no time with a time zone"),
        ("0001-01-01T00:00:00+05:00", "no time"),
        ("2013-12-30T02:00:00Z/2013-12-30T01:00:00Z", "ends before it begins"),
        ("2013-12-30T02:00:00Z/PT1H", "'PT1H' is no time"),
        ("2013-12-30T02:00:00Z/../..", "'../..' is no time"),
        ("R5/2013-12-30T01:00:00Z/P", "has a length"),
        ("R2000/2013-12-30T01:00:00Z/PT1H", f"at most {MOST_TIMES}"),
        (",".join(["2013-12-30T02:00:00Z"] * 1001), f"at most {MOST_TIMES}"),
    ],
)
def test_bad_times(text, reason):
    """What is no time says what to write."""
    with pytest.raises(ValueError, match=reason):
        intervals_of(text)


def test_order_of_ends():
    """An interval has its ends in UTC."""
    ((begin, end),) = intervals_of("2013-12-30T01:00:00+01:00/..")

    assert (begin, end) == (ISSUE_TIME, None)
    assert begin.utcoffset() == timedelta(0)
