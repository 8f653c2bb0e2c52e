"""The files of a source and day become one; nothing that readers see changes, at any time."""

import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import boto3
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from batch_jobs.errors import FileError, LocationError
from batch_jobs.feeds.compaction import CompactionReport, compact
from batch_jobs.feeds.source import SCHEMA as READINGS
from batch_jobs.feeds.stored import KEY, Stored
from batch_jobs.observations.days import ALL_DAYS, Days
from batch_jobs.observations.files import Folder, open_location
from batch_jobs.observations.read import read_observations
from tests.batch_jobs.feeds.hourly_files import (
    DAY,
    FOLDER,
    LATER,
    SCHEMA,
    name,
    names,
    parquet,
    put,
    row,
    seen,
)

#: Four fetches: a reading each, one that comes late, a correction and two repetitions.
FILES = {
    name(1): parquet(row(1, 1.0)),
    name(2): parquet(row(2, 2.0), row(1, 1.0, "LGA")),
    name(3): parquet(row(3, 3.0), row(2, 2.5), row(2, 2.0)),
    name(26): parquet(row(2, 2.5), row(4, -999.0), row(1, 1.0)),
}


@pytest.fixture(params=["folder", "s3"])
def url(request, tmp_path, monkeypatch):
    """A folder and a bucket with `FILES`."""
    if request.param == "folder":
        put(open_location(str(tmp_path)), FILES)
        yield str(tmp_path)
        return
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="data")
        put(open_location("s3://data/observations"), FILES)
        yield "s3://data/observations"


@pytest.fixture
def folder(tmp_path):
    """A folder with `FILES`."""
    put(open_location(str(tmp_path)), FILES)
    return tmp_path


def rows(location, file):
    """Return time and value of each row of a file."""
    frame = pl.read_parquet(location.read(file))
    return [(time.hour, value) for time, value in frame.select("time", "value").iter_rows()]


def test_files_become_one(url):
    """It sorts after the files that it replaces, and has their rows in order, each once."""
    location, before = open_location(url), seen(url)
    report = compact(location, LATER)
    (made,) = names(location)

    assert report == CompactionReport(replaced=4, written=1)
    assert made.startswith(name(26).removesuffix(".parquet") + "_")
    assert sorted([made, *FILES, name(27)]) == [*FILES, made, name(27)]
    assert rows(location, made) == [(1, 1.0), (3, 3.0), (2, 2.0), (2, 2.5), (4, -999.0), (1, 1.0)]
    assert seen(url) == before


def test_again(url):
    """A second compaction finds nothing to do."""
    location = open_location(url)
    compact(location, LATER)
    made = names(location)

    assert compact(location, LATER) == CompactionReport()
    assert names(location) == made


def test_late_readings(url):
    """They come in a file of their own, which wins, and which is compacted later."""
    location = open_location(url)
    compact(location, LATER)
    location.write_new(name(31), parquet(row(3, 30.0), row(5, 5.0)))
    before = seen(url)
    compact(location, LATER + timedelta(days=1))
    (made,) = names(location)

    assert made.startswith(name(31).removesuffix(".parquet"))
    assert rows(location, made)[-2:] == [(3, 30.0), (5, 5.0)]
    assert seen(url) == before


@pytest.mark.parametrize(("seconds", "replaced"), [(-1, 0), (0, 4)])
def test_a_day_that_has_just_ended(folder, seconds, replaced):
    """A day gets six hours for late readings."""
    now = DAY + timedelta(days=1, hours=6, seconds=seconds)

    assert compact(open_location(str(folder)), now).replaced == replaced


def test_other_days(folder):
    """Days that are not asked for are left alone."""
    days = Days((DAY + timedelta(days=1)).date(), (DAY + timedelta(days=9)).date())

    assert compact(open_location(str(folder)), LATER, days=days).replaced == 0


def test_other_files(folder):
    """Only several Parquet files in a folder of a source and a day are compacted."""
    location = open_location(str(folder))
    others = [
        "source=iem/date=2025-11-27/20251127T070512Z.parquet",
        "source=iem/date=2025-11-27/a.csv",
        "source=iem/date=unknown/20251127T070512Z.parquet",
        "source=iem/date=unknown/20251127T080512Z.parquet",
        "date=2025-11-27/20251127T070512Z.parquet",
        "date=2025-11-27/20251127T080512Z.parquet",
        "20251127T070512Z.parquet",
        "20251127T080512Z.parquet",
    ]
    put(location, dict.fromkeys(others, parquet(row(1, 1.0))))
    report = compact(location, LATER)

    assert report == CompactionReport(replaced=4, written=1)
    assert {file.name for file in location.files()} > set(others)


def test_two_sources(folder):
    """Each source and each day has its own file."""
    location = open_location(str(folder))
    for place in ("source=iem/date=2025-11-27", "source=openaq/date=2025-11-28"):
        put(location, {file.replace(FOLDER, place): content for file, content in FILES.items()})
    shown = []

    def track(folders, description, total):
        shown.append((description, total))
        return folders

    report = compact(location, LATER, track=track)

    assert report == CompactionReport(replaced=12, written=3)
    assert len({file.rpartition("/")[0] for file in names(location)}) == len(names(location)) == 3
    assert shown == [("Compacting", 3)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PAR1 it is not", "ComputeError: parquet: File out of specification"),
        (FILES[name(2)][:-30], "ComputeError: parquet: File out of specification"),
        (
            parquet(row(2, 2.0)[:-1], schema={k: v for k, v in SCHEMA.items() if k != "unit"}),
            "its columns are not those of",
        ),
    ],
)
def test_files_that_are_left_alone(folder, content, reason):
    """They are named, and stay between the files before them and after them."""
    location = open_location(str(folder))
    location.write(name(2.5), content)
    before = seen(str(folder))
    report = compact(location, LATER)
    first, odd, last = names(location)
    hours = [[hour for hour, _ in rows(location, file)] for file in (first, last)]

    assert (report.replaced, report.written) == (4, 2)
    assert (odd, hours) == (name(2.5), [[1, 2, 1], [3, 2, 2, 4, 1]])
    assert report.left[0].startswith(f"{name(2.5)}: {reason}")
    assert seen(str(folder)) == before


def test_odd_names(folder):
    """A file that is not named after a fetch has no known place among the others."""
    location = open_location(str(folder))
    location.write(f"{FOLDER}/hour=07.parquet", FILES[name(1)])
    report = compact(location, LATER)

    assert report.replaced == 4
    assert report.left == [
        f"{FOLDER}/hour=07.parquet: its name does not begin with the time of a fetch"
    ]


def test_files_that_polars_cannot_put_together(tmp_path):
    """Whatever a library throws, the files stay, and the first of them is named."""
    location = open_location(str(tmp_path))
    put(location, dict.fromkeys([name(1), name(2)], parquet(schema={})))
    report = compact(location, LATER)

    assert names(location) == [name(1), name(2)]
    assert [text.partition(": expected")[0] for text in report.left] == [
        f"{name(1)}: InvalidOperationError"
    ]


@pytest.mark.parametrize("step", range(10))
@pytest.mark.slow
def test_killed(folder, step):
    """Wherever a compaction is killed, readers see the same, and the next one finishes the work."""
    before = seen(str(folder))
    command = [sys.executable, "-m", "tests.killed_compaction", str(folder), str(step)]
    ended = subprocess.run(command, capture_output=True, check=False)

    assert ended.returncode == -9
    assert seen(str(folder)) == before
    compact(open_location(str(folder)), LATER)
    assert seen(str(folder)) == before
    assert len(names(open_location(str(folder)))) == 1


class Disturbed(Folder):
    """A folder in which something happens before one of the operations, counted from 0."""

    def __init__(self, path, number, happen):
        super().__init__(path)
        self._left, self._happen = number, happen

    def _disturb(self):
        if not self._left:
            self._happen()
        self._left -= 1

    def read(self, name):
        """Read a file."""
        self._disturb()
        return super().read(name)

    def write_new(self, name, content):
        """Write a file."""
        self._disturb()
        return super().write_new(name, content)

    def delete(self, name):
        """Delete a file."""
        self._disturb()
        super().delete(name)


@pytest.mark.parametrize("number", range(9))
def test_two_at_once(folder, number):
    """Wherever another compaction overtakes, one complete file is left."""
    other = open_location(str(folder))
    before = seen(str(folder))

    def overtake():
        compact(other, LATER)
        assert seen(str(folder)) == before

    report = compact(Disturbed(folder, number, overtake), LATER)

    assert report.left == []
    assert seen(str(folder)) == before
    compact(other, LATER)
    assert seen(str(folder)) == before
    assert len(names(other)) == 1


@pytest.mark.parametrize("number", range(9))
@pytest.mark.parametrize("hour", [0, 2.5, 27])
def test_a_fetch_at_the_same_time(folder, number, hour):
    """The file that it adds stays and is read, whether its name comes early or late."""
    location = open_location(str(folder))
    added = parquet(row(6, 6.0), row(7, 7.0, "LGA"))
    compact(Disturbed(folder, number, lambda: location.write_new(name(hour), added)), LATER)
    mixed = seen(str(folder))
    compact(location, LATER)
    location.write(name(hour), added)
    whole = seen(str(folder))

    assert len(names(location)) == 2
    assert mixed == whole


def test_a_reader_at_the_same_time(folder):
    """A reader that has listed the old files lists again, and loses nothing."""
    before = seen(str(folder))

    def track(files, *_):
        for file in files:
            compact(open_location(str(folder)), LATER)
            yield file

    found = read_observations(str(folder), end=DAY + timedelta(days=1), hours=48, track=track)

    assert (found.stations, found.parameters, found.values.tobytes()) == before


def test_sensors(tmp_path):
    """Which of two sensors is used does not depend on the file that their readings are in."""
    location, schema = open_location(str(tmp_path)), SCHEMA | {"sensor_id": pl.String}
    files = {
        name(hour): parquet((*row(1, value), sensor), schema=schema)
        for hour, value, sensor in ((1, 1.0, "9"), (2, 2.0, "10"))
    }
    put(location, files)
    before = seen(str(tmp_path))
    compact(location, LATER)

    assert seen(str(tmp_path)) == before


def test_a_clock_that_was_ahead(folder):
    """A fetch after a compaction knows when the last fetch was, and its correction wins."""
    location = open_location(str(folder))
    compact(location, LATER)
    stored = Stored(str(folder), "iem", ALL_DAYS)
    correction = pl.DataFrame([{**dict.fromkeys(KEY), "value": 30.0}], schema=READINGS)
    added = stored.add(DAY.date(), correction, DAY)

    assert names(location)[1] == f"source=iem/{added}" == name(26 + 1 / 3600)


def test_a_file_that_cannot_be_written(folder):
    """The error names it, and the old files stay."""

    class Full(Folder):
        def write_new(self, name, content):
            return Folder(self._path / "source=iem/stations.csv" / "x").write_new(name, content)

    with pytest.raises(FileError, match=r"parquet: Not a directory"):
        compact(Full(folder), LATER)

    assert names(open_location(str(folder))) == [*FILES]


def test_a_file_that_cannot_be_deleted(folder):
    """The error names it; readers find its readings twice, which does no harm."""
    before = seen(str(folder))

    class Locked(Folder):
        def delete(self, name):
            super().delete(name.rpartition("/")[0])

    with pytest.raises(FileError, match=r"^source=iem/date=2025-11-28: "):
        compact(Locked(folder), LATER)

    assert len(names(open_location(str(folder)))) == 5
    assert seen(str(folder)) == before


def test_no_location(tmp_path):
    """If there is no such folder, the error names it."""
    with pytest.raises(LocationError, match="nowhere"):
        compact(open_location(str(tmp_path / "nowhere")), LATER)


TEXTS = {
    "station_id": st.sampled_from(["JFK", " JFK", "LGA", "7", "7.0", "?"]),
    "parameter": st.sampled_from(["temperature", "Temperature", "pm25", "PM2.5", "wind_gust", "x"]),
    "unit": st.sampled_from(["°C", "F", "µg/m³", "m/s", None]),
    "sensor_id": st.sampled_from(["a", "b", "c", None]),
}
ROWS = st.fixed_dictionaries(
    {
        **TEXTS,
        "time": st.one_of(
            st.integers(-3, 12).map(
                lambda half: DAY + timedelta(hours=20, milliseconds=half * 500)
            ),
            st.none(),
        ),
        "value": st.sampled_from([1.0, 2.0, -0.0, 0.0, -999.0, float("nan"), 1e30, None]),
    }
)
COLUMNS = st.sampled_from([("unit", "sensor_id"), ("unit",), ()])


@given(
    st.lists(st.tuples(COLUMNS, st.lists(ROWS, max_size=12)), min_size=2, max_size=5),
    st.integers(0, 6),
)
def test_readings_are_the_same(files, deleted):
    """Whatever the files hold, and whenever a compaction ends, readers see the same bits."""
    schema = {"station_id": pl.String, "parameter": pl.String, "unit": pl.String}
    schema |= {"sensor_id": pl.String, "time": SCHEMA["time"], "value": pl.Float64}
    with tempfile.TemporaryDirectory() as folder:
        location = open_location(folder)
        for number, (optional, readings) in enumerate(files):
            kept = [c for c in schema if c not in ("unit", "sensor_id") or c in optional]
            chosen = [tuple(reading[c] for c in kept) for reading in readings]
            content = parquet(*chosen, schema={c: schema[c] for c in kept})
            put(location, {name(number): content})
        location.write(
            "source=iem/stations.csv", b"station_id,latitude,longitude\nJFK,1,2\n7,3,4\n"
        )
        before = seen(folder)

        class StoppedError(Exception):
            pass

        def interrupt():
            raise StoppedError

        try:
            compact(Disturbed(Path(folder), len(files) + deleted, interrupt), LATER)
        except StoppedError:
            assert seen(folder) == before
        compact(location, LATER)

        assert seen(folder) == before
