"""Fetches: what is asked for, what is written, and what bad days leave."""

import csv
from datetime import datetime, timedelta

import boto3
import polars as pl
import pytest
from moto import mock_aws

from batch_jobs.errors import FileError, LocationError
from batch_jobs.feeds.fetch import NIGHT
from batch_jobs.feeds.wanted import Box, Country, Near, Stations
from batch_jobs.observations.read import read_observations
from tests.feeds.iem import DAY, HOUR, NOON
from tests.feeds.loopback import BUSY, EMPTY, HTML

NEW_YORK = Near(40.7, -74.0, 50)


def ids(*names):
    """Return a choice of stations by id."""
    return Stations(frozenset(names))


def files(path):
    """Return the files of readings below a folder of observations, in order."""
    return sorted(str(file.relative_to(path / "source=iem")) for file in path.rglob("*.parquet"))


def rows(path):
    """Return all stored readings."""
    return pl.concat(
        pl.read_parquet(file, hive_partitioning=False) for file in path.rglob("*.parquet")
    )


def stations(path):
    """Return the lines of stations.csv by id."""
    with (path / "source=iem" / "stations.csv").open(newline="") as file:
        return {row["station_id"]: row for row in csv.DictReader(file)}


def test_the_first_fetch(iem, fetch_iem, tmp_path):
    """It asks for what a night needs, in days of UTC, and leaves a file for each day."""
    iem.hourly("JFK", "LGA", hours=30)
    iem.report("JFK", NOON - NIGHT - HOUR, tmpf="1.00")
    summary = fetch_iem()

    assert files(tmp_path) == [
        "date=2026-11-27/20261128T120000Z.parquet",
        "date=2026-11-28/20261128T120000Z.parquet",
    ]
    assert iem.asked[0] == (None, "2026-11-20T12:00:00Z", "2026-11-21T00:00:00Z")
    assert iem.asked[-1] == (None, "2026-11-28T00:00:00Z", "2026-11-28T12:00:00Z")
    assert len(iem.asked) == 9
    assert (summary.new, summary.known, summary.newest) == (60, 0, NOON - timedelta(minutes=9))
    assert (summary.files, summary.is_dead) == (tuple(files(tmp_path)), False)


def test_a_repeat(iem, fetch_iem, tmp_path):
    """It asks again for some hours, and writes nothing."""
    iem.hourly("JFK", "LGA")
    fetch_iem()
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.*")}
    iem.requests.clear()
    summary = fetch_iem(now=NOON + timedelta(minutes=1))

    assert iem.asked == [(None, "2026-11-28T05:51:00Z", "2026-11-28T12:01:00Z")]
    assert (summary.new, summary.known, summary.files) == (0, 14, ())
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.*")} == before


def test_one_request_an_hour(iem, fetch_iem):
    """After the first one, a fetch of all stations is one request, hour after hour."""
    iem.hourly("JFK", "LGA", "EDDB", until=NOON + DAY, hours=48)
    fetch_iem()
    iem.requests.clear()
    summaries = [fetch_iem(now=NOON + hour * HOUR) for hour in range(1, 25)]

    assert len(iem.requests) == 24
    assert [summary.new for summary in summaries] == [3] * 24


def test_after_a_pause(iem, fetch_iem):
    """What came during a pause is asked for, and no more than a night needs."""
    iem.hourly("JFK", until=NOON + 30 * DAY, hours=31 * 24)
    fetch_iem()
    iem.requests.clear()
    after_three_days = fetch_iem(now=NOON + 3 * DAY)
    after_a_month = fetch_iem(now=NOON + 30 * DAY)

    assert after_three_days.new == 72
    assert after_a_month.since == NOON + 30 * DAY - NIGHT


def test_late_readings_and_corrections(iem, fetch_iem, tmp_path):
    """A late reading and a corrected one are written into files of their own, which win."""
    iem.hourly("JFK", hours=3)
    fetch_iem()
    iem.reports.pop(0)
    iem.report("JFK", NOON - 2 * HOUR - timedelta(minutes=9), tmpf="70.00")
    iem.report("JFK", NOON - 3 * HOUR - timedelta(minutes=9), tmpf="80.00")
    summary = fetch_iem(now=NOON + timedelta(minutes=1))
    read = read_observations(str(tmp_path), end=NOON, hours=4)

    assert (summary.new, len(files(tmp_path))) == (2, 2)
    assert read.values[0, 0].tolist() == pytest.approx([26.667, 21.111, 5.0, 5.556], abs=1e-3)
    assert fetch_iem(now=NOON + timedelta(minutes=2)).new == 0


def test_rows_out_of_order(iem, fetch_iem, tmp_path):
    """The order of the lines does not matter."""
    iem.hourly("JFK", "LGA", hours=5)
    fetch_iem(into=tmp_path / "a")
    iem.reports.reverse()
    fetch_iem(into=tmp_path / "b")

    assert (tmp_path / "a" / "source=iem" / files(tmp_path / "a")[0]).read_bytes() == (
        tmp_path / "b" / "source=iem" / files(tmp_path / "b")[0]
    ).read_bytes()


def test_two_reports_of_a_minute(iem, fetch_iem, tmp_path):
    """They may come in any order, and the same one counts every time."""
    for value in ("50.00", "51.00"):
        iem.report("JFK", NOON - HOUR, tmpf=value)
    first = fetch_iem()
    iem.reports.reverse()
    second = fetch_iem(now=NOON + timedelta(minutes=1))

    assert (first.new, first.left_out) == (1, {"repeated": 1})
    assert (second.new, rows(tmp_path)["value"].to_list()) == (0, [51.0])


def test_readings_of_the_future(iem, fetch_iem, tmp_path):
    """A reading that is more than an hour ahead of the clock is left out, and counted."""
    iem.extra = [
        "JFK,2026-11-28 12:59,-73.7622,40.6386,4.00,50.00",
        "JFK,2026-11-28 13:01,-73.7622,40.6386,4.00,51.00",
        "JFK,2027-11-28 13:01,-73.7622,40.6386,4.00,52.00",
        "JFK,2020-01-01 00:00,-73.7622,40.6386,4.00,53.00",
    ]
    summary = fetch_iem(ids("JFK"))

    assert summary.left_out == {"of_the_future": 2, "not_asked_for": 1}
    assert rows(tmp_path)["value"].to_list() == [50.0]


def test_a_station_that_moves(iem, fetch_iem, tmp_path):
    """Its newest place counts; a station that did not come this time stays."""
    iem.hourly("JFK", "LGA", hours=2)
    fetch_iem()
    iem.places["JFK"] = (-73.5, 40.5, 9.0, *iem.places["JFK"][3:])
    iem.hourly("JFK", until=NOON + HOUR, hours=1)
    fetch_iem(ids("JFK"), now=NOON + HOUR)
    stored = stations(tmp_path)

    assert [stored["JFK"][name] for name in ("longitude", "latitude", "elevation", "name")] == [
        "-73.5",
        "40.5",
        "9.0",
        "New York/JFK Intl",
    ]
    assert stored["LGA"]["longitude"] == "-73.88"
    assert stored["LGA"]["attribution"] == "Iowa Environmental Mesonet"


def test_a_station_of_an_id(iem, fetch_iem, tmp_path):
    """Ids are asked for by id, as the source writes them; one that sends nothing is noted."""
    iem.hourly("JFK", "LGA", hours=200)
    summary = fetch_iem(ids("kjfk", "XYZ"))

    assert iem.asked == [("JFK,XYZ", "2026-11-20T12:00:00Z", "2026-11-28T12:00:00Z")]
    assert rows(tmp_path)["station_id"].unique().to_list() == ["JFK"]
    assert summary.notes == ("nothing came of stations XYZ",)


def test_many_stations_that_send_nothing(fetch_iem):
    """Only the first few are named."""
    summary = fetch_iem(ids(*(f"X{n:02}" for n in range(8))))

    assert summary.notes == ("nothing came of stations X00, X01, X02, X03, X04 and 3 more",)
    assert summary.newest is None


def test_each_station_of_an_id_from_its_newest(iem, fetch_iem):
    """If one of them has been silent, it is asked for since its newest reading, with the others."""
    iem.hourly("JFK", "LGA", hours=100)
    fetch_iem(ids("JFK", "LGA"), now=NOON - 2 * DAY)
    fetch_iem(ids("JFK"))
    iem.requests.clear()
    summary = fetch_iem(ids("JFK", "LGA"))

    assert iem.asked == [("JFK,LGA", "2026-11-26T05:51:00Z", "2026-11-28T12:00:00Z")]
    assert (summary.new, summary.known) == (48, 2 * 7 + 48)


@pytest.mark.parametrize("wanted", [NEW_YORK, Box(-75, 40, -73, 41), Country("US")])
def test_an_area(iem, fetch_iem, tmp_path, wanted):
    """Stations of an area are found in the newest day, and then asked for by id."""
    iem.hourly("JFK", "LGA", "EDDB", hours=100)
    summary = fetch_iem(wanted)

    assert iem.asked == [
        (None, "2026-11-27T12:00:00Z", "2026-11-28T12:00:00Z"),
        ("JFK,LGA", "2026-11-20T12:00:00Z", "2026-11-27T12:00:00Z"),
    ]
    assert (summary.new, summary.left_out) == (200, {})
    assert sorted(stations(tmp_path)) == ["JFK", "LGA"]


def test_an_area_without_stations(iem, fetch_iem, tmp_path):
    """Nothing is stored, and a note says so."""
    iem.hourly("JFK", hours=3)
    summary = fetch_iem(Near(-40, 100, 10))

    assert (summary.new, summary.failures, len(iem.asked)) == (0, (), 1)
    assert summary.notes == ("nothing came of stations within 10 km of -40,100",)
    assert [*tmp_path.iterdir()] == []


def test_a_new_station_of_an_area(iem, fetch_iem):
    """A station that was never stored gets the time of a night, once."""
    iem.hourly("JFK", hours=100)
    fetch_iem(NEW_YORK)
    iem.hourly("LGA", hours=100)
    iem.requests.clear()
    summary = fetch_iem(NEW_YORK, now=NOON + timedelta(minutes=1))
    fetch_iem(NEW_YORK, now=NOON + timedelta(minutes=2))

    assert iem.asked == [
        (None, "2026-11-28T05:51:00Z", "2026-11-28T12:01:00Z"),
        ("LGA", "2026-11-20T12:01:00Z", "2026-11-28T05:51:00Z"),
        (None, "2026-11-28T05:51:00Z", "2026-11-28T12:02:00Z"),
    ]
    assert (summary.new, summary.known) == (100, 7)


def test_a_new_station_whose_history_fails(iem, fetch_iem):
    """Its readings of now are stored; the failure says how to get the others."""
    iem.hourly("JFK", hours=100)
    fetch_iem(NEW_YORK)
    iem.hourly("LGA", hours=100)
    iem.faults = [None, None, *[BUSY] * 99]  # one of them is the list of stations
    summary = fetch_iem(NEW_YORK, now=NOON + timedelta(minutes=1))

    assert (summary.new, summary.is_dead) == (7, False)
    assert summary.failures[0].endswith(
        "to have the time before of new stations, fetch again --since 2026-11-20"
    )


def test_a_dead_source(iem, fetch_iem, tmp_path):
    """It is named, and nothing is written."""
    iem.faults = [BUSY] * 99
    summary = fetch_iem()

    assert summary.is_dead
    assert summary.failures == (
        "iem: 127.0.0.1: 503 Service Unavailable, after 7 tries; try again later",
    )
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("page", "what"), [(HTML, "without column"), (EMPTY, "empty answer")])
def test_answers_that_are_none(iem, fetch_iem, page, what):
    """A page of HTML and an empty answer are as good as none; the next fetch gets all."""
    iem.hourly("JFK", hours=3)
    iem.faults = [page] * 99
    dead = fetch_iem(ids("JFK"))
    iem.faults = []
    summary = fetch_iem(ids("JFK"))

    assert what in dead.failures[0]
    assert (dead.is_dead, dead.new, summary.new) == (True, 0, 3)


def test_a_source_that_dies(iem, fetch_iem):
    """What came before is stored, and the next fetch goes on from there without a gap."""
    iem.hourly("JFK", hours=8 * 24)
    iem.faults = [None, None, None, *[BUSY] * 99]
    broken = fetch_iem()
    iem.faults = []
    iem.requests.clear()
    summary = fetch_iem(now=NOON + timedelta(minutes=1))

    assert (broken.is_dead, len(broken.failures)) == (False, 1)
    assert iem.asked[0][1] == "2026-11-21T17:51:00Z"
    assert broken.new + summary.new == 8 * 24


def test_a_backfill(iem, fetch_iem, tmp_path):
    """It asks from the given day on; a part that is stored and can no longer change is done."""
    iem.hourly("JFK", hours=400 * 24)
    since = NOON - 400 * DAY
    summary = fetch_iem(ids("JFK"), since=since)

    assert iem.asked == [("JFK", "2025-10-24T12:00:00Z", "2026-11-28T12:00:00Z")]
    assert (summary.new, summary.since) == (400 * 24, since)
    assert len(files(tmp_path)) == 401


def test_a_backfill_that_breaks_off(iem, fetch_iem):
    """The next one goes on where it was, and says so."""
    iem.hourly("JFK", "EDDB", hours=5 * 24)
    since = datetime(2026, 11, 24, tzinfo=NOON.tzinfo)
    iem.faults = [None, None, None, *[BUSY] * 99]  # one of them is the list of stations
    fetch_iem(since=since)
    iem.faults = []
    iem.requests.clear()
    summary = fetch_iem(since=since)

    assert [asked[1] for asked in iem.asked] == [
        "2026-11-26T00:00:00Z",
        "2026-11-27T00:00:00Z",
        "2026-11-28T00:00:00Z",
    ]
    assert "earlier backfill" in summary.notes[0]


def test_a_backfill_of_other_stations(iem, fetch_iem):
    """What is done for some stations is not done for others."""
    iem.hourly("JFK", "EDDB", hours=5 * 24)
    since = NOON - 4 * DAY
    fetch_iem(Country("DE"), since=since)
    summary = fetch_iem(since=since)

    assert summary.new == 4 * 24


def test_clocks_that_differ(iem, fetch_iem, tmp_path):
    """If this machine's clock was ahead, files of the right clock still win; both are noted."""
    iem.date = "Sat, 28 Nov 2026 12:00:01 GMT"
    iem.hourly("JFK", hours=3)
    ahead = fetch_iem(ids("JFK"), now=NOON + 2 * HOUR)
    iem.reports.pop()
    iem.report("JFK", NOON - timedelta(minutes=9), tmpf="70.00")
    right = fetch_iem(ids("JFK"))
    read = read_observations(str(tmp_path), end=NOON, hours=1)

    assert files(tmp_path) == [
        "date=2026-11-28/20261128T140000Z.parquet",
        "date=2026-11-28/20261128T140001Z.parquet",
    ]
    assert read.values[0, 0].tolist() == pytest.approx([21.111], abs=1e-3)
    assert ahead.notes == (
        "a clock is wrong: it is 2026-11-28 12:00 UTC at iem, 2026-11-28 14:00 here",
    )
    assert right.notes == ()


def test_a_clock_that_is_years_ahead(iem, fetch_iem):
    """Nothing comes, and when the clock is right again, all does."""
    iem.hourly("JFK", hours=3)
    wrong = fetch_iem(now=NOON + 1000 * DAY)
    right = fetch_iem()

    assert (wrong.new, right.new) == (0, 3)


def test_two_fetches_at_once(iem, fetch_iem, tmp_path):
    """A file that another fetch wrote in the same second is not replaced."""
    iem.hourly("JFK", hours=3)

    def other_fetch(good):
        fetch_iem(ids("JFK"))
        return good

    iem.faults = [other_fetch]
    summary = fetch_iem(ids("JFK"))
    again = fetch_iem(ids("JFK"), now=NOON + HOUR)

    assert summary.files == ("date=2026-11-28/20261128T120001Z.parquet",)
    assert len(files(tmp_path)) == 2
    assert (again.new, again.known) == (0, 3)


def test_a_damaged_file(iem, fetch_iem, tmp_path):
    """A stored file that cannot be read is named; its readings are fetched again."""
    iem.hourly("JFK", hours=3)
    fetch_iem()
    path = tmp_path / "source=iem" / files(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:-9])
    summary = fetch_iem(now=NOON + HOUR)

    assert summary.new == 3
    assert "date=2026-11-28/20261128T120000Z.parquet" in summary.notes[0]


def test_a_damaged_stations_file(fetch_iem, tmp_path):
    """It is not replaced: the error says what to do."""
    (tmp_path / "source=iem").mkdir()
    (tmp_path / "source=iem" / "stations.csv").write_text("station_id,latitude\nJFK,x\n")

    with pytest.raises(FileError, match=r"stations\.csv: line 2 .* mend or delete the file"):
        fetch_iem()


def test_a_place_that_is_a_file(fetch_iem, tmp_path):
    """Observations cannot be in a file."""
    (tmp_path / "file").write_text("")

    with pytest.raises(LocationError, match="Not a directory"):
        fetch_iem(into=tmp_path / "file")


def test_compaction_at_the_same_time(iem, fetch_iem, tmp_path):
    """If the files of a day become one while they are read, the fetch finds the new one."""
    iem.hourly("JFK", hours=3)
    fetch_iem()
    old = tmp_path / "source=iem" / files(tmp_path)[0]

    def compact(good):
        old.rename(old.with_name("20261128T120000Z_0123456789ab.parquet"))
        return good

    iem.faults = [compact]
    summary = fetch_iem(ids("JFK"), since=NOON - HOUR * 4)

    assert (summary.new, summary.known, summary.notes) == (0, 3, ())


def test_a_bucket(iem, fetch_iem, monkeypatch):
    """A bucket is as good as a folder."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    iem.hourly("JFK", hours=3)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="observations")
        first = fetch_iem(into="s3://observations/raw/")
        second = fetch_iem(into="s3://observations/raw", since=NOON - DAY)
        read = read_observations("s3://observations/raw", end=NOON, hours=3)

    assert (first.new, second.new, second.known) == (3, 0, 3)
    assert (read.stations[0].id, read.values.shape) == ("JFK", (1, 1, 3))
