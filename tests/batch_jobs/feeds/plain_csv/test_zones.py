"""Clocks that are put forward and back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch_jobs.feeds.plain_csv.times import NO_TIME, taken_apart
from batch_jobs.feeds.plain_csv.zones import instants_of, second_times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instants(*texts, zone="Europe/Berlin"):
    """Return the first and the last instant of local times."""
    both = instants_of(taken_apart(list(texts)).local(day_first=True), zone)
    return [
        [
            None if n == NO_TIME else f"{EPOCH + timedelta(microseconds=int(n)):%d %H:%M}"
            for n in one
        ]
        for one in both
    ]


def test_change_of_clocks():
    """An hour that is shown twice has two instants, one that is never shown has none."""
    first, last = instants("2026-10-25 02:30", "2026-03-29 02:30", "2026-07-01 02:00", "x")

    assert first == ["25 00:30", None, "01 00:00", None]
    assert last == ["25 01:30", None, "01 00:00", None]


@pytest.mark.parametrize(("zone", "time"), [("+01:00", "25 01:30"), ("-03:30", "25 06:00")])
def test_offsets(zone, time):
    """An offset is the same all year."""
    assert instants("2026-10-25 02:30", zone=zone) == [[time], [time]]


def test_second_times():
    """After a station's time has gone back or stood still, its lines are of the second time."""
    minute = 60_000_000
    rows = [
        ("a", 0),
        ("b", 0),
        ("a", 30),
        ("a", 0),
        ("b", 30),
        ("a", 30),
        ("b", 45),
        ("a", 30 + 24 * 60),
    ]

    assert second_times((name, time * minute) for name, time in rows) == [
        False, False, False, True, False, True, False, False,
    ]  # fmt: skip


@given(
    st.dates(date(1990, 1, 1), date(2037, 1, 1)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.sampled_from([10, 15, 30]),
)
@example(date(2026, 10, 24), "Europe/Berlin", 30)
@example(date(2026, 10, 31), "America/New_York", 15)
@example(date(2026, 4, 3), "Australia/Lord_Howe", 30)
def test_round_trip(day, zone, minutes):
    """The local times of a day, in order, become the instants that they were."""
    begin = datetime(day.year, day.month, day.day, 20, tzinfo=UTC)
    times = [begin + timedelta(minutes=minutes * n) for n in range(25 * 60 // minutes)]
    local = np.array(
        [
            (t.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
            for t in times
        ]
    )
    first, last = instants_of(local, zone)
    twice = np.flatnonzero(first != last)
    second = second_times(("a", int(n)) for n in local[twice])
    found = first.copy()
    found[twice[second]] = last[twice[second]]

    assert found.tolist() == [(t - EPOCH) // timedelta(microseconds=1) for t in times]
