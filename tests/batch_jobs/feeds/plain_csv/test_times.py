"""Times as people write them."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.feeds.plain_csv.times import NO_TIME, are_days, taken_apart


def read(text, *, day_first=True):
    """Return the local time of a text, and its offset in hours."""
    times = taken_apart([text])
    local, offset = times.local(day_first=day_first)[0], times.offset[0]
    time = None if local == NO_TIME else str(np.datetime64(int(local), "us"))[:19]
    return time, None if offset == NO_TIME else offset / 3_600_000_000


SEVEN = "2026-11-28T07:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28 07:00",
        "2026-11-28T07:00:00",
        "2026/11/28 7:00",
        "2026-11-28 07",
        "28.11.2026 07:00",
        "28.11.26 7:00",
        "28.11.2026, 07:00:00.4",
        "28-Nov-2026 07:00",
        "28 Nov 2026 7:00 AM",
        "28/11/2026 7:00 a.m.",
        "20261128T0700",
        "2026112807",
        "202611280700",
        "20261128 07:00:00",
        " 2026-11-28 07:00 ",
    ],
)
def test_forms(text):
    """Each form of the same time is read."""
    assert read(text) == (SEVEN, None)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("11/28/2026 7:00 AM", SEVEN),
        ("11/28/2026 12:30 am", "2026-11-28T00:30:00"),
        ("11/28/26 12:30 PM", "2026-11-28T12:30:00"),
        ("11/28/2026 11:30 PM", "2026-11-28T23:30:00"),
        ("28.11.2026 07:00", SEVEN),
    ],
)
def test_month_first(text, time):
    """If the month comes first, it does so except with dots."""
    assert read(text, day_first=False) == (time, None)


@pytest.mark.parametrize(
    ("text", "time", "offset"),
    [
        ("2026-11-28T07:00:00Z", SEVEN, 0),
        ("2026-11-28 07:00 UTC", SEVEN, 0),
        ("2026-11-28T07:00:00+05:30", SEVEN, 5.5),
        ("2026-11-28T07:00:00-0330", SEVEN, -3.5),
        ("2026-11-28 07:00:00 +01", SEVEN, 1),
        ("28.11.2026 24:00", "2026-11-29T00:00:00", None),
    ],
)
def test_offsets(text, time, offset):
    """A time may say how far it is ahead of UTC; a day ends at 24:00."""
    assert read(text) == (time, offset)


@pytest.mark.parametrize(
    "text",
    ["noon", "", "2026-11-28", "31.02.2026 10:00", "2026-13-01 10:00", "2026-11-28 25:00",
     "2026-11-28 10:60", "2026-11-28 13:00 PM", "2026-11-28 24:01", "1026-11-28 10:00"],
)  # fmt: skip
def test_no_time(text):
    """What is no time is none."""
    assert read(text) == (None, None)


def test_counts():
    """Seconds and milliseconds since 1970 are times in UTC."""
    times = taken_apart(["1795848000", "1795848000.5", "1795848000000", "17"])

    assert (times.unix[:3] / 1e6).tolist() == [1795848000, 1795848000.5, 1795848000]
    assert times.unix[3] == NO_TIME


def test_order():
    """Numbers above 12 show which is the day; others leave it open."""
    times = taken_apart(["1/2/2026 10:00", "13/2/2026 10:00", "2/14/2026 10:00", "13.2.2026 10:00"])

    assert times.shown(day_first=True) == "13/2/2026 10:00"
    assert times.shown(day_first=False) == "2/14/2026 10:00"
    assert times.free() == "1/2/2026 10:00"
    assert taken_apart(["2026-01-02 10:00"]).free() == ""


@pytest.mark.parametrize(
    ("texts", "expected"),
    [(["2026-11-28", "28.11.2026"], True), (["20261128"], True), (["1795848000"], False),
     (["2026-11-28 10:00", "2026-11-28"], False)],
)  # fmt: skip
def test_days(texts, expected):
    """A column of days is recognised."""
    assert are_days(texts) is expected


# By a clock, whatever its zone.
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2099, 1, 1))  # noqa: DTZ001 -- see above
FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y%m%d%H%M%S",
    "%d-%b-%Y %H:%M:%S",
)


@given(TIMES, st.sampled_from(FORMS))
def test_round_trip(time, form):
    """A time in any form is read back to the second."""
    time = time.replace(microsecond=0)

    assert read(time.strftime(form), day_first=False)[0] == time.isoformat()


@given(TIMES, st.integers(-14 * 4, 14 * 4))
def test_iso_round_trip(time, quarters):
    """A time in ISO 8601 with an offset is read back to the microsecond."""
    aware = time.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    times = taken_apart([aware.isoformat(sep=" ")])
    instant = int(times.local(day_first=True)[0] - times.offset[0])

    assert datetime.fromtimestamp(0, UTC) + timedelta(microseconds=instant) == aware
