"""Groups: every file is read where its readings may belong, by a task that is never too large."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.observations.days import Days
from batch_jobs.observations.files import File
from batch_jobs.observations.window import HOUR_SECONDS, LAST_SECOND, Window
from batch_jobs.training.groups import (
    MOST_STATIONS,
    Group,
    Shape,
    Share,
    days_of,
    groups_of,
)
from model.stations import share_of
from tests.factories import station_ids

ALWAYS = Window(-HOUR_SECONDS, LAST_SECOND // HOUR_SECONDS * HOUR_SECONDS)
MONTHS = Shape("month", 2)


def archived(location, day):
    """Return a file of OpenAQ's archive."""
    return File(f"locationid={location}/location-{location}-{day:%Y%m%d}.csv.gz", 9)


def second(*time):
    """Return seconds since 1970 UTC."""
    return int(datetime(*time, tzinfo=UTC).timestamp())


@given(station_ids, st.integers(1, 50))
def test_each_station_has_one_share(station_id, of):
    """A station belongs to exactly one share, unless it is left out."""
    shares = [number for number in range(of) if station_id in Share(number, of)]

    assert shares == [share_of(station_id, of)]
    assert station_id not in Share(shares[0], of, frozenset({station_id}))


def test_shares_never_change():
    """The share of a station is the same on every machine, in every version."""
    assert [share_of(station_id, 10) for station_id in ("JFK", "2178", "a.b_c:d-e")] == [8, 9, 4]


def test_shares_are_alike():
    """No share has many more stations than another."""
    counts = [0] * 4
    for number in range(10_000):
        counts[share_of(str(number), 4)] += 1

    assert max(counts) < 1.1 * min(counts)


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("locationid=7/year=2024/month=02/location-7-20240203.csv.gz", (date(2024, 2, 3),) * 2),
        ("source=iem/date=2024-02-03/a.parquet", (date(2024, 2, 3),) * 2),
        ("year=2024/month=02/a.parquet", (date(2024, 2, 1), date(2024, 2, 29))),
        ("year=2024/month=02/day=09/a.parquet", (date(2024, 2, 9),) * 2),
        ("year=2024/month=13/a.parquet", (date(2024, 1, 1), date(2024, 12, 31))),
        ("locationid=7/location-7-20240230.csv.gz", None),
        ("a.parquet", None),
    ],
)
def test_days(name, days):
    """The name of a file, or its folders, say of which days it is."""
    assert days_of(name) == (days and Days(*days))


@pytest.mark.parametrize("period", ["month", "year"])
def test_the_size_of_a_group(period):
    """There are as many shares as stations demand, and only with the old shape more."""
    files = [archived(1, date(2024, 1, 1))] + ([File("a.csv", 1)] if period == "year" else [])
    most = MOST_STATIONS[period]

    assert Shape.of(files, 0, None) == (period, 1)
    assert Shape.of(files, most, None) == (period, 1)
    assert Shape.of(files, most + 1, None) == (period, 2)
    assert Shape.of(files, most, Shape(period, 2)) == (period, 2)
    assert Shape.of(files, 2 * most + 1, Shape(period, 2)) == (period, 3)
    other = {"month": "year", "year": "month"}[period]
    assert Shape.of(files, most, Shape(other, 2)) == (period, 1)


def test_archive_and_other_files():
    """Files of one station go to its share, and others to all; a day also to its neighbours."""
    files = [
        File("date=2024-02-10/a.parquet", 1),
        archived(1, date(2024, 1, 31)),
        archived(2, date(2024, 2, 15)),
    ]
    groups = groups_of(files, MONTHS, ALWAYS)
    found = {(group.name, file.name) for group in groups for file in group.files}

    assert found == {
        *((f"2024-02-000{share}", files[0].name) for share in range(2)),
        *((f"2024-0{month}-{share_of('1', 2):04}", files[1].name) for month in (1, 2)),
        (f"2024-02-{share_of('2', 2):04}", files[2].name),
    }
    assert [group.name for group in groups] == sorted({name for name, _ in found})


def test_months_follow_each_other():
    """The windows of months have every hour once."""
    files = [archived(1, date(2023, 11, 30) + timedelta(days=day)) for day in range(100)]
    windows = [group.window for group in groups_of(files, Shape("month", 1), ALWAYS)]

    assert windows[0].after == second(2023, 10, 31, 23)
    assert [w.after for w in windows[1:]] == [w.until for w in windows[:-1]]
    assert windows[-1].until == second(2024, 3, 31, 23)


def test_requested_hours():
    """Groups are cut at the requested hours, and files of other periods belong to none."""
    files = [archived(1, date(2023, month, 15)) for month in range(1, 13)] + [File("a.csv", 1)]
    asked = Window(second(2023, 3, 9, 5), second(2023, 4, 2, 7))
    months = groups_of(files, Shape("month", 1), asked)
    years = groups_of(files, Shape("year", 1), Window(second(2022, 12, 31, 23), asked.until))

    assert [(group.name, group.window) for group in months] == [
        ("2023-03-0000", Window(asked.after, second(2023, 3, 31, 23))),
        ("2023-04-0000", Window(second(2023, 3, 31, 23), asked.until)),
    ]
    assert [len(group.files) for group in months] == [2, 2]
    assert [(group.name, len(group.files)) for group in years] == [("2023-0000", 13)]


def test_inputs():
    """The check sum is another one for any other file, hour or request."""
    group = Group("2024-01-0000", Window(0, 7200), 0, [File("a.csv", 1, "x")])
    others = [
        group._replace(files=[File("a.csv", 1, "y")]),
        group._replace(files=[File("a.csv", 2, "x")]),
        group._replace(files=[]),
        group._replace(window=Window(0, 3600)),
        group._replace(name="2024-01-0001"),
    ]

    sums = {group.inputs(1), group.inputs(2), *(other.inputs(1) for other in others)}
    assert len(sums) == 7
