"""A training set has the hours of the reader of nights, and what it lacks is named."""

from datetime import UTC, date, datetime, timedelta

import boto3
import numpy as np
import polars as pl
import pytest
from moto.server import ThreadedMotoServer

from batch_jobs.errors import FileError, LocationError, NoObservationsError
from batch_jobs.observations.files import open_location
from batch_jobs.observations.read import read_observations
from batch_jobs.training.errors import GroupError, TrainingSetError
from batch_jobs.training.prepare import Request, prepare
from batch_jobs.training.this_machine import on_this_machine
from batch_jobs.training.training_sets import HOURS, PLACES, read_manifest
from forecasts.errors import UnknownParameterError
from local.demo.new_york import demo_observations
from model import training_set
from tests.batch_jobs.training.archive_folder import (
    DAYS,
    STATIONS,
    describe,
    lines,
    manifest_of,
    path_of,
    prepared,
    value_of,
    write_archive,
    write_day,
)
from tests.training_sets import Table

pytestmark = pytest.mark.slow

FEBRUARY = datetime(2024, 2, 1, tzinfo=UTC)


def hour_of(time):
    """Return the hours since 1970."""
    return int(time.timestamp()) // 3600


def test_a_set(tmp_path):
    """A set of an archive: hours by parameter, country and year, stations, manifest."""
    observations = write_archive(tmp_path / "archive")
    describe(observations, S12="DE")
    into = tmp_path / "set"
    made = prepared(observations, into)
    found = Table(into)
    first = hour_of(datetime(2024, 1, 31, 1, tzinfo=UTC))
    expected = [
        (str(location), first + day * 24 + hour, value_of(location, hour + 1))
        for location in (11, 12, 13)
        for day in range(2)
        for hour in range(24)
    ]

    assert (made.groups, made.made, made.manifest) == (2, 2, found.manifest)
    assert found.hours("pm25").schema == HOURS
    assert found.hours("pm25").rows() == expected
    assert found.hours("pm25", "DE")["station_id"].unique().to_list() == ["12"]
    assert list(found.manifest["parameters"]) == ["pm25"]
    assert found.stations.schema == PLACES
    assert found.stations.rows() == [
        ("11", "Place 11", 41.0, 7.5, None, ""),
        ("12", "S12", 50.0, 8.0, 100.0, "DE"),
        ("13", "Place 13", 43.0, 7.5, None, ""),
    ]
    manifest = found.manifest
    contents = manifest["parameters"]["pm25"]
    assert list(manifest["parameters"]) == ["pm25"]
    assert (manifest["since"], manifest["until"]) == (
        "2024-01-31T01:00:00Z",
        "2024-02-02T00:00:00Z",
    )
    assert {
        country: (c["stations"], c["hours"], c["years"]) for country, c in contents.items()
    } == {"": (2, 96, [2024]), "DE": (1, 48, [2024])}
    assert (manifest["format"], manifest["sources"], manifest["faults"]) == (1, ["csv"], [])
    assert list(manifest["groups"]) == ["2024-01-0000", "2024-02-0000"]
    files = [name for group in manifest["groups"].values() for name in group["files"]]
    assert sorted(files) == sorted(name for c in contents.values() for name in c["files"])
    assert all(
        name.startswith("parameter=pm25/country=") and "/year=2024/" in name for name in files
    )


def test_the_hours_are_those_of_nights(tmp_path):
    """Every hour of every parameter equals what the reader of nights makes of the files."""
    demo_observations(tmp_path / "demo")
    until = datetime(2013, 2, 1, tzinfo=UTC)
    window = {"since": until - timedelta(hours=99), "until": until}
    prepared(tmp_path / "demo", tmp_path / "set", **window)
    found = Table(tmp_path / "set")
    night = read_observations(str(tmp_path / "demo"), end=until, hours=100)

    assert set(found.manifest["parameters"]) == set(night.parameters)
    for index, code in enumerate(night.parameters):
        table = found.hours(code)
        cube = np.full((len(night.stations), 100), np.nan, np.float32)
        ids = [station.id for station in night.stations]
        rows = [ids.index(station_id) for station_id in table["station_id"]]
        cube[rows, table["hour"].to_numpy() - hour_of(until) + 99] = table["value"].to_numpy()
        np.testing.assert_array_equal(cube, night.values[:, index])


def test_training_reads_it(tmp_path):
    """What learns from a set, and knows nothing of its making, finds the same hours in it."""
    observations = write_archive(tmp_path / "archive", codes=("pm25", "o3"))
    describe(observations, S12="DE")
    prepared(observations, tmp_path / "set")
    learned = training_set.TrainingSet.open(tmp_path / "set")
    archive, german = learned.archive(("pm25",), ""), learned.archive(("o3",), "DE")
    table = Table(tmp_path / "set").hours("pm25")
    cube = np.full((3, 1, 48), np.nan, np.float32)
    for station_id, hour, value in table.rows():
        cube[["11", "12", "13"].index(station_id), 0, hour - archive.first_hour] = value

    assert learned.parameters == ("o3", "pm25")
    np.testing.assert_array_equal(archive.values, cube)
    assert not np.isnan(cube).any()
    assert german.values.shape == (1, 1, 48)
    assert german.latitude.tolist() == [50]


def test_files_without_days(tmp_path):
    """A year is read at once if names say nothing of days; the set spans what was measured."""
    demo_observations(tmp_path / "demo")
    made = prepared(tmp_path / "demo", tmp_path / "set", parameters=["temperature"])

    assert made.manifest["plan"] == {"period": "year", "shares": 1}
    assert made.manifest["since"] == "2013-01-01T06:00:00Z"
    assert made.manifest["until"][:7] in {"2013-12", "2014-01"}


def test_what_was_requested(tmp_path):
    """Only the requested parameters, countries and hours are in a set."""
    observations = write_archive(tmp_path / "archive", codes=("pm25", "o3", "no2"))
    describe(observations, S12="DE", S13="FR")
    wanted = {
        "parameters": ["o3", "pm25"],
        "countries": ["DE", ""],
        "since": FEBRUARY - timedelta(minutes=90),
        "until": FEBRUARY + timedelta(minutes=90),
    }
    manifest = prepared(observations, tmp_path / "set", **wanted).manifest

    assert {
        code: {country: content["hours"] for country, content in of_code.items()}
        for code, of_code in manifest["parameters"].items()
    } == {"o3": {"": 3, "DE": 3}, "pm25": {"": 3, "DE": 3}}
    assert (manifest["since"], manifest["until"]) == (
        "2024-01-31T23:00:00Z",
        "2024-02-01T01:00:00Z",
    )


def test_only_changes_are_read(tmp_path):
    """A group is read again if its files or the descriptions of its stations have changed."""
    observations, into = write_archive(tmp_path / "archive"), tmp_path / "set"
    prepared(observations, into)
    before = {path: path.stat().st_mtime_ns for path in into.rglob("*.parquet")}

    def again():
        return prepared(observations, into).made

    assert again() == 0
    write_day(observations, 14, date(2024, 2, 20))
    assert again() == 1  # February
    kept = [path for path in before if path.exists() and path.name.startswith("part-2024-01")]
    assert [path.stat().st_mtime_ns for path in kept] == [before[path] for path in kept] != []
    write_day(observations, 11, DAYS[0], content=path_of(observations, 12, DAYS[0]).read_bytes())
    assert again() == 2  # a day may be in either month
    describe(observations, S99="DE")
    assert again() == 0
    describe(observations, S14="DE")
    assert again() == 1
    path_of(observations, 14, date(2024, 2, 20)).unlink()
    assert again() == 1
    stations = Table(into).stations
    assert stations["station_id"].to_list() == ["11", "12", "13"]
    found = {str(path.relative_to(into)) for path in into.rglob("part-*")}
    assert found == {f for group in manifest_of(into)["groups"].values() for f in group["files"]}


def test_an_empty_month_is_read_once(tmp_path):
    """The month before the first day has files, of which a zone east of UTC might have hours."""
    observations, into = (
        write_archive(tmp_path / "archive", days=(date(2024, 3, 1),)),
        tmp_path / "set",
    )
    first, second = (prepared(observations, into) for _ in range(2))

    assert (first.groups, first.made, second.made) == (2, 2, 0)
    assert second.manifest["faults"] == []
    assert second.manifest["groups"]["2024-02-0000"]["files"] == []


def test_a_changed_set_is_as_a_new_one(tmp_path):
    """A set that was brought up to date is, byte for byte, the one that is made at once."""
    observations = write_archive(tmp_path / "archive")
    prepared(observations, tmp_path / "old")
    write_day(observations, 14, date(2024, 2, 20))
    prepared(observations, tmp_path / "old")
    prepared(observations, tmp_path / "new")
    old, new = (
        {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*.*")}
        for base in (tmp_path / "old", tmp_path / "new")
    )

    assert old == new


def test_a_month_that_has_no_files_any_more(tmp_path):
    """Its hours and its record are gone."""
    observations, into = (
        write_archive(tmp_path / "archive", days=(date(2024, 3, 15),)),
        tmp_path / "set",
    )
    write_day(observations, 11, date(2024, 1, 15))
    prepared(observations, into)
    path_of(observations, 11, date(2024, 1, 15)).unlink()
    manifest = prepared(observations, into).manifest

    assert manifest["since"] == "2024-03-15T01:00:00Z"
    assert [path.name for path in into.glob("groups/*")] == ["2024-03-0000.json"]


def test_bad_files_and_silent_stations(tmp_path):
    """A torn file and a station without files are named; what is there is in the set."""
    observations = write_archive(tmp_path / "archive")
    describe(observations, S77="FR")
    whole = path_of(observations, 11, DAYS[1]).read_bytes()
    for day in range(10, 15):
        write_day(observations, 12, date(2024, 2, day), content=whole[: len(whole) // 2])
    manifest = prepared(observations, tmp_path / "set").manifest
    torn = "locationid=12/location-12-20240210.csv.gz: gzip breaks off after line"

    assert [fault["location"] for fault in manifest["faults"]] == ["12", "12", "12", "", "77"]
    assert manifest["faults"][0]["reason"].startswith(torn)
    assert manifest["faults"][3]["reason"] == "5 times broken_gzip"
    assert manifest["faults"][4]["reason"].startswith("no_observations: ")
    assert manifest["groups"]["2024-02-0000"]["faults"] == manifest["faults"][:4]
    assert manifest["parameters"]["pm25"][""]["stations"] == 3


def test_a_station_without_a_place(tmp_path):
    """It is named and left out, until a station file says where it is."""
    rows = {
        "station_id": ["A", "B"],
        "parameter": "pm25",
        "time": [FEBRUARY + timedelta(days=9)] * 2,
        "value": [3.0, 4.0],
    }
    day = tmp_path / "observations" / "date=2024-02-10"
    day.mkdir(parents=True)
    pl.DataFrame(rows).write_parquet(day / "a.parquet")
    station_file = day.parent / "stations.csv"
    with pytest.raises(NoObservationsError, match="2 no_coordinates; station A"):
        prepared(day.parent, tmp_path / "set")
    station_file.write_text(f"{STATIONS}A,A,DE,50,8,\n")
    without = prepared(day.parent, tmp_path / "set").manifest
    station_file.write_text(f"{STATIONS}A,A,DE,50,8,\nB,B,FR,50,8,\n")
    made = prepared(day.parent, tmp_path / "set")

    (fault,) = without["faults"]
    assert (fault["location"], fault["reason"][:15]) == ("B", "no_coordinates:")
    assert without["groups"]["2024-02-0000"]["stations"] == 1
    assert (made.made, made.manifest["faults"]) == (1, [])
    assert list(made.manifest["parameters"]["pm25"]) == ["DE", "FR"]


def test_one_station(tmp_path):
    """A set of one station is a set."""
    observations = write_archive(tmp_path / "archive", locations=(11,), days=DAYS[:1])

    assert (
        prepared(observations, tmp_path / "set").manifest["parameters"]["pm25"][""]["hours"] == 24
    )


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        ({"since": FEBRUARY, "until": FEBRUARY - timedelta(hours=1)}, TrainingSetError, "before"),
        ({"countries": ["US"]}, NoObservationsError, "no hour with a value is in the requested"),
        ({"parameters": ["bc"]}, NoObservationsError, "no hour with a value"),
        ({"parameters": ["pm52"]}, UnknownParameterError, "pm52"),
    ],
)
def test_nothing_of_what_was_requested(tmp_path, wanted, error, message):
    """An error says so, and no manifest is written."""
    observations = write_archive(tmp_path / "archive", locations=(11,), days=DAYS[:1])
    with pytest.raises(error, match=message):
        prepared(observations, tmp_path / "set", **wanted)

    assert not (tmp_path / "set" / "manifest.json").exists()


def test_no_observations(tmp_path):
    """A missing folder, an empty one and one without readings are refused."""
    with pytest.raises(LocationError, match="No such file"):
        prepared(tmp_path / "none", tmp_path / "set")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoObservationsError, match=r"none of its 0 files ends in \.csv"):
        prepared(tmp_path / "empty", tmp_path / "set")
    (tmp_path / "empty" / "a.csv").write_text("")
    with pytest.raises(NoObservationsError, match="no readings in 1 files"):
        prepared(tmp_path / "empty", tmp_path / "set")


def test_files_that_are_deleted_meanwhile(tmp_path):
    """The set is not made without them; the next start finds what has replaced them."""
    observations = write_archive(tmp_path / "archive")

    def run(jobs):
        path_of(observations, 11, DAYS[0]).unlink()
        return on_this_machine(1)(jobs)

    request = Request(str(observations), str(tmp_path / "set"))
    with pytest.raises(GroupError, match="group 2024-01-0000: files of observations were deleted"):
        prepare(request, run)

    assert prepare(request, on_this_machine(2)).manifest["parameters"]["pm25"][""]["hours"] == 120


def test_a_place_that_cannot_be_written(tmp_path):
    """The error names the file."""
    observations = write_archive(tmp_path / "archive", days=DAYS[:1])
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "parameter=pm25").write_text("in the way")
    with pytest.raises(GroupError, match=r"parameter=pm25/country=__/.*: Not a directory"):
        prepared(observations, tmp_path / "set")


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 1}'])
def test_a_damaged_manifest(tmp_path, content):
    """It is refused, with what to do."""
    observations = write_archive(tmp_path / "archive", days=DAYS[:1])
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "manifest.json").write_text(content)
    with pytest.raises(TrainingSetError, match="delete it to make the set anew"):
        prepared(observations, tmp_path / "set")


def test_no_set(tmp_path):
    """An empty folder has no manifest; that of another version cannot be read."""
    location = open_location(str(tmp_path))
    assert read_manifest(location) is None
    (tmp_path / "manifest.json").write_text('{"format": 2}')
    with pytest.raises(TrainingSetError, match="format 2 instead of 1"):
        read_manifest(location)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(FileError, match="Is a directory"):
        read_manifest(location)


def test_a_damaged_record(tmp_path):
    """Its group is made again."""
    observations, into = write_archive(tmp_path / "archive", days=DAYS[:1]), tmp_path / "set"
    prepared(observations, into)
    (into / "groups" / "2024-01-0000.json").write_text('{"parts": [{}]}')

    assert prepared(observations, into).made >= 1


def test_s3(tmp_path, monkeypatch):
    """Observations and set may be in S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="night")
    observations = write_archive(tmp_path, locations=(11,))
    for path in observations.rglob("*.gz"):
        client.put_object(
            Bucket="night", Key=f"raw/{path.relative_to(tmp_path)}", Body=path.read_bytes()
        )
    try:
        first = prepared("s3://night/raw", "s3://night/sets/a")
        second = prepared("s3://night/raw", "s3://night/sets/a")
        hours = Table("s3://night/sets/a").hours("pm25").height
    finally:
        server.stop()

    assert (first.made, second.made, hours) == (2, 0, 48)
    assert lines(11, DAYS[0]).count("\n") == 24
