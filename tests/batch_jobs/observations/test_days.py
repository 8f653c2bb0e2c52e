"""Days: what the folders of a file say about the time of its readings."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.observations.days import ALL_DAYS, Days
from batch_jobs.observations.window import asked_window

DAYS = Days(date(2026, 11, 28), date(2026, 12, 5))


@pytest.mark.parametrize(
    "name",
    [
        "weather.parquet",
        "a/b.csv.gz",
        "source=iem/date=2026-11-28/hour=00.parquet",
        "source=iem/date=2026-12-05/hour=23.ndjson",
        "locationid=2178/year=2026/month=11/location-2178-20261130.csv.gz",
        "locationid=2178/year=2026/month=12/day=01/a.csv",
        "year=2026/a.csv",
        # These are no days.
        "date=2013-02-30/a.csv",
        "date=20130101/a.csv",
        "mydate=2013-01-01/a.csv",
        "date=2013-01-01",
        "month=01/a.csv",
        "year=2026/month=13/a.csv",
        "year=2026/month=1/a.csv",
        "year=0000/a.csv",
    ],
)
def test_a_file_that_may_have_readings(name):
    """Files in folders of these days, or of no day, may have readings."""
    assert DAYS.may_include(name)
    assert DAYS.next_name(name) == name


@pytest.mark.parametrize(
    ("name", "next_name"),
    [
        ("s/date=2026-11-27/hour=00.parquet", "s/date=2026-11-28"),
        ("s/date=2026-12-06/hour=00.parquet", "s/date>"),
        ("l=2/year=2025/month=12/a.csv", "l=2/year=2026"),
        ("l=2/year=2027/month=01/a.csv", "l=2/year>"),
        ("l=2/year=2026/month=10/a.csv", "l=2/year=2026/month=11"),
        ("year=2026/month=11/day=27/a.csv", "year=2026/month=11/day=28"),
        ("year=2026/month=12/day=06/a.csv", "year=2026/month=12/day>"),
    ],
)
def test_a_file_of_other_days(name, next_name):
    """Such a file is not wanted, and a listing goes on at the days that are."""
    assert not DAYS.may_include(name)
    assert DAYS.next_name(name) == next_name
    assert ALL_DAYS.may_include(name)


def test_days_of_a_window():
    """A week up to an issue time needs a day more on both sides; an open window needs them all."""
    window = asked_window(None, None)

    assert Days.of(window).first <= date(1970, 1, 1)
    assert Days.of(window).last >= date(2106, 2, 7)


days = st.dates(date(2026, 11, 1), date(2027, 1, 31))


def names_of(day):
    """Return names of files with the readings of a day."""
    return [
        f"s/date={day}/a.parquet",
        f"l/year={day:%Y}/month={day:%m}/a-{day:%d}.csv",
        f"m/year={day:%Y}/month={day:%m}/day={day:%d}/a.csv",
        f"z-{day}.csv",
    ]


@given(st.lists(days, min_size=1), days, st.integers(0, 40), st.integers(1, 5))
def test_a_listing_finds_every_file_of_the_days(stored, first, length, page):
    """Whatever is stored, a listing that skips other days misses no file of these."""
    wanted = Days(first, first + timedelta(days=length))
    names = sorted({name for day in stored for name in names_of(day)})
    found, after = [], ""
    while rest := [name for name in names if name > after][:page]:
        found += [name for name in rest if wanted.may_include(name)]
        after = wanted.next_name(rest[-1])

    assert found == [name for name in names if wanted.may_include(name)]
    assert {name for day in stored if first <= day <= wanted.last for name in names_of(day)} <= {
        *found
    }
