"""Reading a training set: what is in it, and what is wrong with it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch_jobs.training.targets import targets_of
from model import training_set
from model.errors import SetError
from model.stations import apart, drawn
from model.training_set import TrainingSet
from tests.training_sets import change_manifest, write_rows, write_set

COUNTRIES = ["US", "CA", "US"]
FILE = "parameter=pressure/country=US/year=2013/part-0000.parquet"


@pytest.fixture
def gaps(archive):
    """The archive with gaps at both ends, an unknown elevation, and a station without pressure."""
    values = archive.values.copy()
    values[:, :, :30] = values[:, :, -20:] = np.nan
    values[2, 1] = np.nan
    elevation = archive.elevation.copy()
    elevation[0] = np.nan
    return replace(archive, values=values, elevation=elevation)


@pytest.fixture
def folder(gaps, tmp_path):
    """A training set of it."""
    return write_set(tmp_path / "set", gaps, COUNTRIES)


def test_what_is_there(folder, archive):
    """The manifest says what there is."""
    found = TrainingSet.open(folder)

    assert found.parameters == ("temperature", "pressure")
    assert found.target("pressure") == targets_of(("pressure",))[0]
    assert (found.first_hour, found.hours) == (archive.first_hour, archive.hours)


def test_all_countries(folder, gaps):
    """The values of all stations, as they were, in the time that has any."""
    read = TrainingSet.open(folder).archive(("temperature",), "")

    assert (read.parameters, read.decimals) == (("temperature",), gaps.decimals[:1])
    assert np.array_equal(read.values, gaps.values[:, :1, 30:-20], equal_nan=True)
    assert read.first_hour == gaps.first_hour + 30
    for name in ("latitude", "longitude", "elevation"):
        assert np.array_equal(getattr(read, name), getattr(gaps, name), equal_nan=True)
        assert getattr(read, name).dtype == np.float32


def test_one_country(folder, gaps):
    """Only stations of the country that measure the parameter."""
    read = TrainingSet.open(folder).archive(("pressure",), "US")

    assert np.array_equal(read.values, gaps.values[:1, 1:, 30:-20], equal_nan=True)
    assert read.latitude.tolist() == gaps.latitude[:1].tolist()


def test_several_parameters(folder, gaps):
    """All stations that measure one of them, in the time that has any."""
    read = TrainingSet.open(folder).archive(("pressure", "temperature"), "")

    assert (read.parameters, read.stations) == (("pressure", "temperature"), ("S0", "S1", "S2"))
    assert np.array_equal(read.values, gaps.values[:, ::-1, 30:-20], equal_nan=True)


def test_more_than_memory_holds(folder, gaps, monkeypatch):
    """Only stations that fit are read, and their rows are those of the whole set."""
    monkeypatch.setattr(training_set, "MOST_VALUES", 2 * 2 * gaps.hours)
    read = TrainingSet.open(folder).archive(("temperature", "pressure"), "")
    at = [int(station.removeprefix("S")) for station in read.stations]

    assert len(at) == 2
    assert np.array_equal(read.values, gaps.values[at, :, 30:-20], equal_nan=True)
    assert read.latitude.tolist() == gaps.latitude[at].tolist()


def test_a_rare_parameter_of_stations_that_are_not_drawn(archive, tmp_path, monkeypatch):
    """It has no value, which costs it alone; if it is the only one, the reason is said."""
    ids = [f"S{number}" for number in range(len(archive.values))]
    (rare,) = set(ids) - set(drawn(ids, len(ids) - 1))
    values = archive.values.copy()
    values[np.array(ids) != rare, archive.parameters.index("pressure")] = np.nan
    folder = write_set(tmp_path / "rare", replace(archive, values=values), ["US"] * len(ids))
    monkeypatch.setattr(training_set, "MOST_VALUES", 2 * (len(ids) - 1) * archive.hours)
    read = TrainingSet.open(folder).archive(("temperature", "pressure"), "")

    assert len(read.stations) == len(ids) - 1
    assert np.isnan(read.values[:, 1]).all()
    assert not np.isnan(read.values[:, 0]).all()
    monkeypatch.setattr(training_set, "MOST_VALUES", (len(ids) - 1) * archive.hours)
    with pytest.raises(SetError, match="none of the 2 stations that fit into memory measures it"):
        TrainingSet.open(folder).archive(("pressure",), "")


def test_stations_that_are_held_out_come_last(archive, tmp_path):
    """So the others are neighbours, and learning from them takes no copy."""
    many = replace(
        archive.select(("pressure",)),
        stations=tuple(f"S{number}" for number in range(120)),
        values=np.tile(archive.values[:1, 1:, :50], (120, 1, 1)),
        **{name: np.arange(120.0) for name in ("latitude", "longitude", "elevation")},
    )
    read = TrainingSet.open(write_set(tmp_path / "many", many, ["US"] * 120)).archive(
        ("pressure",), ""
    )
    learned, out = apart(read)

    assert len(out.stations) > 0
    assert learned.stations + out.stations == read.stations
    assert read.latitude.tolist() == [int(station[1:]) for station in read.stations]


def test_files_of_polars(folder, gaps):
    """Text that polars wrote is of another type, and is read as well."""
    for path in folder.rglob("*.parquet"):
        pl.read_parquet(path, hive_partitioning=False).write_parquet(path)
    read = TrainingSet.open(folder).archive(("temperature",), "")

    assert np.array_equal(read.values, gaps.values[:, :1, 30:-20], equal_nan=True)


def test_other_files_are_not_read(folder):
    """What an interrupted job left behind does no harm."""
    (folder / FILE).with_name("part-0009.parquet").write_bytes(b"half of a file")

    assert TrainingSet.open(folder).archive(("pressure",), "").parameters == ("pressure",)


def test_an_empty_file(folder):
    """A file without rows is a file without rows."""
    write_rows(folder / FILE, [], [], [])

    with pytest.raises(SetError, match="no observations of pressure in US"):
        TrainingSet.open(folder).archive(("pressure",), "US")


@pytest.mark.parametrize(
    ("code", "country", "words"),
    [
        ("pm25", "", "no observations of pm25; there are those of temperature, pressure"),
        ("pressure", "DE", "no observations of pressure in DE"),
    ],
)
def test_what_is_not_there(folder, code, country, words):
    """A parameter or country without observations is named."""
    with pytest.raises(SetError, match=words) as caught:
        TrainingSet.open(folder).archive((code,), country)
    assert caught.value.path == folder


def test_a_parameter_without_files(folder):
    """A parameter that the manifest names without any file has no observations."""
    change_manifest(folder, lambda manifest: manifest["parameters"]["pressure"].clear())

    with pytest.raises(SetError, match=r"no observations of pressure$"):
        TrainingSet.open(folder).archive(("pressure",), "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update(format=2), "has format 2; this version reads 1"),
        (lambda m: m.pop("format"), "not the manifest of a training set: KeyError"),
        (lambda m: m.pop("targets"), "KeyError.'targets'"),
        (lambda m: m.update(targets=[{"code": "pressure"}]), "TypeError"),
        (lambda m: m["parameters"].pop("pressure"), "KeyError.'pressure'"),
        (lambda m: m["parameters"].update(pressure=[]), "AttributeError"),
        (lambda m: m.update(until="tomorrow"), "ValueError.*tomorrow"),
    ],
)
def test_a_wrong_manifest(folder, change, words):
    """A manifest that is of another format or lacks something is refused, with its name."""
    change_manifest(folder, change)

    with pytest.raises(SetError, match=words) as caught:
        TrainingSet.open(folder)
    assert str(caught.value).startswith(f"{folder}/manifest.json: ")


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{"])
def test_no_manifest(folder, content):
    """A manifest that is missing or torn is refused, with its name."""
    path = folder / "manifest.json"
    path.unlink() if content is None else path.write_bytes(content)

    says = "not the manifest of a training set" if path.exists() else "there is no such file"
    with pytest.raises(SetError, match=rf"manifest\.json: {says}"):
        TrainingSet.open(folder)


def rows(hour=1, value=1.0, station="S0"):
    """Return a change of a file: a row, an hour after the set's first."""

    def change(path, first_hour):
        write_rows(path, [station], [first_hour + hour], [value])

    return change


def table(**columns):
    """Return a change of a file: other columns."""
    return lambda path, _: pq.write_table(pa.table(columns), path)


WRONG_FILES = [
    (lambda path, _: path.unlink(), "cannot be read: .*No such file"),
    (lambda path, _: path.write_bytes(path.read_bytes()[:-9]), "cannot be read: "),
    (rows(hour=-1), "has an hour outside of the set's time"),
    (rows(hour=1680), "has an hour outside of the set's time"),
    (rows(value=float("nan")), "has a value that is not a finite number"),
    (rows(value=float("inf")), "has a value that is not a finite number"),
    (rows(station="S1"), "has station 'S1', which stations.parquet does not list for its country"),
    (table(hour=[1]), "has no column 'station_id' of type string"),
    (
        table(station_id=["S0"], hour=pa.array([1], pa.int64()), value=[1.0]),
        "has no column 'hour' of type int32",
    ),
    (
        table(
            station_id=["S0"],
            hour=pa.array([None], pa.int32()),
            value=pa.array([1.0], pa.float32()),
        ),
        "column 'hour' has a null",
    ),
]


@pytest.mark.parametrize(("change", "words"), WRONG_FILES)
def test_a_wrong_file(folder, archive, change, words):
    """A file that is missing, torn or wrong is refused, with its name."""
    change(folder / FILE, archive.first_hour)

    with pytest.raises(SetError, match=words) as caught:
        TrainingSet.open(folder).archive(("pressure",), "US")
    assert caught.value.path == folder / FILE


def test_damaged_pages(folder):
    """Damage within a file is found, too."""
    path = folder / FILE
    content = bytearray(path.read_bytes())
    content[40:400] = bytes(360)
    path.write_bytes(content)

    with pytest.raises(SetError, match="cannot be read: ") as caught:
        TrainingSet.open(folder).archive(("pressure",), "US")
    assert caught.value.path == path


def test_a_value_twice(folder):
    """An hour with two values is refused, as it is not known which is right."""
    change_manifest(folder, lambda m: m["parameters"]["pressure"]["US"]["files"].append(FILE))

    with pytest.raises(SetError, match="an hour of a station has more than one value"):
        TrainingSet.open(folder).archive(("pressure",), "US")


def test_a_station_twice(folder):
    """A station with two places is refused."""
    path = folder / "stations.parquet"
    stations = pq.read_table(path)
    pq.write_table(pa.concat_tables([stations, stations.slice(0, 1)]), path)

    with pytest.raises(SetError, match=r"stations\.parquet: names a station more than once"):
        TrainingSet.open(folder).archive(("pressure",), "")
