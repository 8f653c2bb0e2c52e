"""Source `openaq-archive`, against S3 of moto, and a stand-in of OpenAQ's API over HTTP."""

import gzip
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from batch_jobs.errors import FileError, LocationError
from batch_jobs.feeds.source import Tally
from batch_jobs.feeds.sources import fetch_from
from batch_jobs.feeds.wanted import Country, Everywhere, Near, Stations
from batch_jobs.observations.read import read_observations
from tests.feeds.loopback import Answer, Service, serving
from tests.feeds.openaq import KEY, StandIn
from tests.feeds.timer import PassingTime

NOW = datetime(2026, 11, 28, 12, 5, tzinfo=UTC)
#: The newest day that is there.
NEWEST = datetime(2026, 11, 24, tzinfo=UTC)
DAY = timedelta(days=1)
BUCKET = "openaq-data-archive"
HEADER = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value\n"


def day_of(location, day, value=9.0, hours=24):
    """Return a day's file of a location with one sensor, at UTC-6."""
    lines = [
        f'{location},3919,"Del Norte-{location}",{day:%Y-%m-%d}T{hour:02}:00:00-06:00,'
        f"35.1353,-106.584702,pm25,µg/m³,{value}\n"
        for hour in range(hours)
    ]
    return gzip.compress("".join([HEADER, *lines]).encode())


def put(client, location, day, content):
    """Put a file where the archive has it."""
    folder = f"records/csv.gz/locationid={location}/year={day:%Y}/month={day:%m}"
    key = f"{folder}/location-{location}-{day:%Y%m%d}.csv.gz"
    client.put_object(Bucket=BUCKET, Key=key, Body=content, ACL="public-read")


@pytest.fixture
def archive(monkeypatch):
    """The archive, with eight days of two locations; without credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        for days in range(8):
            for location in (2178, 77):
                day = NEWEST - days * DAY
                put(client, location, day, day_of(location, day))
        yield client


@pytest.fixture
def fetch(tmp_path):
    """A function that copies from the archive into `tmp_path`."""

    def fetch_now(wanted, since=None, settings=None, tally=None):
        timer = PassingTime().timer
        times = (NOW, since)
        tally = tally or Tally()
        return fetch_from(
            "openaq-archive", settings or {}, str(tmp_path), wanted, times, tally, timer
        )

    return fetch_now


@pytest.fixture
def api():
    """Settings of the API, and its stand-in with the archive's locations."""
    with serving(StandIn(PassingTime().timer.now)) as service:
        service.place(2178, {3919: 2}, 35.1353, -106.584702)
        service.place(77, {1: 2}, 52.5, 13.4, country={"id": 50, "code": "DE", "name": "Germany"})
        service.measure(3919, NEWEST, 1)
        service.measure(1, NEWEST, 1)
        settings = {"OPENAQ_API_KEY": KEY, "STATIONCAST_OPENAQ_URL": service.url}
        yield service, settings


@pytest.mark.usefixtures("archive")
def test_days_of_a_location(fetch, tmp_path):
    """Its files are in the folders of their days, and are read under the right hours."""
    summary = fetch(Stations(frozenset({"2178"})))
    files = sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.gz"))
    read = read_observations(str(tmp_path), end=datetime(2026, 11, 22, 6, tzinfo=UTC), hours=24)

    assert not summary.failures
    assert files[-1] == "source=openaq-archive/date=2026-11-24/location-2178-20261124.csv.gz"
    assert len(files) == len(summary.files) == 6
    assert (summary.new, summary.stations) == (6 * 24, frozenset({"2178"}))
    assert summary.newest == datetime(2026, 11, 25, 5, tzinfo=UTC)
    assert any("72 hours" in note for note in summary.notes)
    assert any("OPENAQ_API_KEY" in note for note in summary.notes)
    assert read.values.tolist() == [[[9.0] * 24]]


def test_a_repeat_copies_what_is_new_or_patched(archive, fetch, tmp_path):
    """Files that are here already are not asked for again."""
    wanted = Stations(frozenset({"2178", "77"}))
    older = NEWEST - 30 * DAY
    put(archive, 77, older, day_of(77, older))
    first = fetch(wanted, NEWEST - 35 * DAY)
    put(archive, 77, NEWEST, day_of(77, NEWEST, hours=20))
    put(archive, 77, NEWEST + DAY, day_of(77, NEWEST + DAY))
    second = fetch(wanted, NEWEST - 35 * DAY)
    day = "source=openaq-archive/date=2026-11-24/location-77-20261124.csv.gz"

    assert len(first.files) == 2 * 8 + 1
    assert [name[-15:] for name in second.files] == ["20261124.csv.gz", "20261125.csv.gz"]
    assert "16 files were here already" in second.notes
    assert gzip.decompress((tmp_path / day).read_bytes()).count(b"\n") == 21


def test_a_damaged_file(archive, fetch, tmp_path):
    """It is named and left out; the others are copied, and it is asked for again."""
    good = day_of(2178, NEWEST)
    put(archive, 2178, NEWEST, good[: len(good) // 2])
    key = "records/csv.gz/locationid=2178/year=2026/month=11/location-2178-20261123.csv.gz"
    archive.put_object_acl(Bucket=BUCKET, Key=key, ACL="private")
    first = fetch(Stations(frozenset({"2178"})))
    put(archive, 2178, NEWEST, good)
    second = fetch(Stations(frozenset({"2178"})))

    assert len(first.files) == 4
    assert "location-2178-20261123.csv.gz: An error occurred (403)" in first.failures[0]
    assert "location-2178-20261124.csv.gz: Compressed file ended" in first.failures[1]
    assert not first.is_dead
    assert len(second.files) == 1
    assert not list(tmp_path.rglob("*.part"))


def test_a_location_without_files(archive, fetch):
    """It is named; files of another form are left where they are."""
    folder = "records/csv.gz/locationid=2178/year=2026/month=11"
    for name in ("location-2178-20261199.csv.gz", "index.html"):
        archive.put_object(Bucket=BUCKET, Key=f"{folder}/{name}", Body=b"x")
    summary = fetch(Stations(frozenset({"2178", *"123456789"})))

    assert len(summary.files) == 6
    assert "no files of these days of 9 locations: 1, 2, 3, 4, 5, ..." in summary.notes
    assert not summary.failures


@pytest.mark.usefixtures("archive")
def test_near_a_place(api, fetch, tmp_path):
    """The API finds the locations, and tells their names and whom to name."""
    summary = fetch(Near(35.1, -106.6, 30), settings=api[1])
    stations = (tmp_path / "source=openaq-archive/stations.csv").read_text()

    assert len(summary.files) == 6
    assert "2178,Place 2178,US,35.1353,-106.584702,,America/New_York," in stations
    assert "Unknown Governmental Organization" in stations
    assert "77," not in stations


@pytest.mark.usefixtures("archive")
def test_a_country_without_a_key(fetch):
    """It says what is needed."""
    summary = fetch(Country("DE"))

    assert summary.is_dead
    assert "needs OpenAQ's API to find stations in DE: set OPENAQ_API_KEY" in summary.failures[0]


@pytest.mark.usefixtures("archive")
def test_everything(fetch):
    """Nobody wants millions of files."""
    summary = fetch(Everywhere())

    assert summary.is_dead
    assert "say which locations" in summary.failures[0]


@pytest.mark.usefixtures("archive")
def test_a_dead_api(api, fetch):
    """Locations with known ids are copied without it; others cannot be found."""
    service, settings = api
    service.faults = [Answer(500)] * 30
    by_id = fetch(Stations(frozenset({"2178"})), settings=settings)
    service.faults = [Answer(500)] * 30
    by_country = fetch(Country("US"), settings=settings)

    assert len(by_id.files) == 6
    assert "500" in by_id.failures[0]
    assert by_country.is_dead
    assert not by_country.files


@pytest.mark.usefixtures("archive")
def test_nothing_near(api, fetch):
    """A place without locations is no failure."""
    summary = fetch(Near(0, 0, 30), settings=api[1])

    assert (summary.files, summary.failures) == ((), ())


@pytest.mark.usefixtures("archive")
def test_an_id_that_none_has(fetch):
    """It is refused before anything is asked for."""
    summary = fetch(Stations(frozenset({"JFK"})))

    assert "'JFK' is no id of a location" in summary.failures[0]


def test_no_archive(archive, fetch):
    """If it cannot be listed, the fetch is dead at once, not after thousands of requests."""
    for entry in archive.list_objects_v2(Bucket=BUCKET)["Contents"]:
        archive.delete_object(Bucket=BUCKET, Key=entry["Key"])
    archive.delete_bucket(Bucket=BUCKET)
    summary = fetch(Stations(frozenset(map(str, range(1, 100)))))

    assert summary.is_dead
    assert summary.requests <= 1
    assert "NoSuchBucket" in summary.failures[0]


@pytest.mark.usefixtures("archive")
def test_many_months_are_shown(fetch):
    """Somebody who waits sees how far it is."""
    shown = []
    fetch(Stations(frozenset(map(str, range(1, 60)))), NOW - 35 * DAY, tally=Tally(shown.append))

    assert shown == ["openaq-archive: 100 of 118 months of locations"]


@pytest.mark.usefixtures("archive")
def test_a_place_that_cannot_be_written(fetch, tmp_path):
    """The error names the file, and ends the fetch."""
    (tmp_path / "source=openaq-archive").mkdir()
    (tmp_path / "source=openaq-archive/date=2026-11-23").write_text("no folder")

    with pytest.raises(FileError, match="date=2026-11-23/location-2178"):
        fetch(Stations(frozenset({"2178"})))


@pytest.mark.usefixtures("archive")
def test_a_destination_that_cannot_be_listed():
    """A bucket that does not exist is no folder that will be made."""
    with pytest.raises(LocationError, match="NoSuchBucket"):
        fetch_from(
            "openaq-archive",
            {},
            "s3://not-there/observations",
            Stations(frozenset({"2178"})),
            (NOW, None),
            Tally(),
            PassingTime().timer,
        )


def test_nothing_is_signed(monkeypatch, fetch):
    """Nobody needs an account: requests have no signature, wherever `AWS_ENDPOINT_URL_S3` is."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    body = (
        b'<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>'
        b"</ListBucketResult>"
    )
    with serving(Service(lambda *_: Answer(200, body))) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", service.url)
        fetch(Stations(frozenset({"2178"})))

    path, query = service.requests[0]
    assert path == f"/{BUCKET}"
    assert query["prefix"] == "records/csv.gz/locationid=2178/year=2026/month=11/"
    assert not any("authorization" in map(str.lower, headers) for headers in service.headers)
