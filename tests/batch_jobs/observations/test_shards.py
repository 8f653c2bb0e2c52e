"""A reading that does not fit in memory gives what it gives in memory."""

import resource
import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch_jobs.errors import NoObservationsError, TemporaryFileError
from batch_jobs.observations import shards
from batch_jobs.observations.read import read_observations
from tests.batch_jobs.observations.parquet_folder import (
    HEADER,
    JFK,
    LGA,
    SCHEMA,
    WINDOW,
    reading,
    write,
)
from tests.factories import ISSUE_TIME

STATIONS = HEADER + JFK + LGA + "KTM,Tribhuvan,NP,27.7,85.36,1338,\nOLD,,NP,28,84,,\n"

rows = st.builds(
    lambda station, code, minutes, value, sensor: {
        **reading(value, minutes=minutes, station=station, code=code),
        "sensor_id": sensor,
    },
    st.sampled_from(["JFK", "LGA", "KTM", "OLD", "NOWHERE", "bad id"]),
    st.sampled_from(["temperature", "station_pressure", "precipitation_since_hour", "pm25"]),
    st.integers(-300, 10),
    st.sampled_from([0.5, 7.25, 20, 900, 950.1, -999, 5000, None]),
    st.sampled_from(["a", "b", None]),
)
files = st.lists(
    st.tuples(st.sampled_from(["iem", "openaq"]), st.booleans(), st.lists(rows, max_size=12)),
    min_size=1,
    max_size=6,
)
selections = st.fixed_dictionaries(
    {
        "end": st.sampled_from([ISSUE_TIME, ISSUE_TIME - timedelta(hours=1), None]),
        "hours": st.sampled_from([3, 5, None]),
        "parameters": st.sampled_from([None, ["pressure"], ["temperature", "pm25"]]),
    }
)
NO_SENSORS = pl.exclude("sensor_id")


def read_as(location, selection, *, most_in_memory, stations_of_a_shard=1):
    """Read with other limits; return all there is to know, and the error if nothing is usable."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "MOST_IN_MEMORY", most_in_memory)
        patch.setattr(shards, "STATIONS_OF_A_SHARD", stations_of_a_shard)
        try:
            read = read_observations(str(location), **selection)
        except NoObservationsError as error:
            return str(error)
    shape, content = read.values.shape, read.values.tobytes()
    return read.stations, read.left_out, read.parameters, read.end, shape, content, read.report


@example([("iem", True, [reading(1, minutes=-minutes) for minutes in range(3)])], WINDOW)
@given(files, selections)
def test_the_same_from_disk(tmp_path_factory, contents, selection):
    """Whatever was read, and whatever was asked for: values and report are equal to the bit."""
    location = tmp_path_factory.mktemp("any")
    (location / "stations.csv").write_text(STATIONS)
    for number, (source, has_sensors, of_file) in enumerate(contents):
        folder = location / f"source={source}"
        folder.mkdir(exist_ok=True)
        frame = pl.DataFrame(of_file, {**SCHEMA, "sensor_id": pl.String}, orient="row")
        chosen = frame if has_sensors else frame.drop("sensor_id")
        chosen.write_parquet(folder / f"{number}.parquet")

    in_memory = read_as(location, selection, most_in_memory=1_000_000)

    assert read_as(location, selection, most_in_memory=0) == in_memory
    assert read_as(location, selection, most_in_memory=0, stations_of_a_shard=3) == in_memory
    assert read_as(location, selection, most_in_memory=10, stations_of_a_shard=2) == in_memory


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files, and nothing else."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def location(tmp_path):
    """A folder with readings of two stations."""
    folder = tmp_path / "observations"
    folder.mkdir()
    (folder / "stations.csv").write_text(STATIONS)
    for station in ("JFK", "LGA"):
        of_station = [reading(7, minutes=-minute, station=station) for minute in range(3000)]
        write(folder, *of_station, name=f"{station}.parquet")
    return folder


def test_nothing_is_left(location, temporary):
    """The temporary file has no name even while it is used, so nothing can be left behind."""
    seen = []

    def track(iterable, _description, _total):
        for item in iterable:
            yield item
            seen.append([*temporary.iterdir()])

    assert read_as(location, {**WINDOW, "track": track}, most_in_memory=0)

    assert seen == [[], []]


def test_full_disk(location, temporary):
    """A disk without room ends the reading; the error names the folder, and says what to do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(TemporaryFileError, match=f"{temporary}: .*TMPDIR"):
            read_as(location, {**WINDOW, "hours": 100}, most_in_memory=0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_missing_folder(location, monkeypatch):
    """If no temporary file can be made, the error says so."""
    monkeypatch.setattr(tempfile, "tempdir", str(Path("/nowhere/at/all")))

    with pytest.raises(TemporaryFileError, match="/nowhere/at/all: No such file or directory"):
        read_as(location, WINDOW, most_in_memory=0)
