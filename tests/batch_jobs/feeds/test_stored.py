"""What is stored of a source: files and stations, written and read back."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.errors import FileError
from batch_jobs.feeds.source import SCHEMA, SourceStation
from batch_jobs.feeds.stored import KEY, Stored
from batch_jobs.observations.days import ALL_DAYS
from batch_jobs.observations.names import plain_name

DAY = date(2026, 11, 28)
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)

texts = st.text(max_size=20).map(plain_name)
degrees = st.floats(-90, 90)
stations = st.builds(
    SourceStation,
    station_id=st.from_regex(r"[A-Z0-9]{1,4}", fullmatch=True),
    name=texts,
    country=st.sampled_from(["", "US", "DE"]),
    latitude=degrees,
    longitude=degrees,
    elevation=st.none() | st.floats(-400, 9000),
    timezone=st.sampled_from(["", "Europe/Berlin"]),
    attribution=texts,
    licence=texts,
)


def readings(*rows):
    """Return readings: (sensor, minute, value) of a station's temperature."""
    return pl.DataFrame(
        [
            ("JFK", "temperature", NOON + timedelta(minutes=minute), value, "°F", sensor)
            for sensor, minute, value in rows
        ],
        schema=SCHEMA,
        orient="row",
    )


def opened(path):
    """Open what is stored of iem."""
    return Stored(str(path), "iem", ALL_DAYS)


@given(st.lists(stations, unique_by=lambda station: station.station_id))
def test_stations(tmp_path_factory, described):
    """Stations are read back as they were written, whatever their names are."""
    folder = tmp_path_factory.mktemp("stored")
    opened(folder).put_stations(described)

    assert opened(folder).stations() == {station.station_id: station for station in described}


def test_names_of_two_lines(tmp_path):
    """Names are on one line, as readers of stations.csv need them."""
    stored = opened(tmp_path)
    stored.put_stations([SourceStation("JFK", "New\r\nYork", "US", 40.6, -73.8)])

    assert stored.stations()["JFK"].name == "New York"


def test_stations_of_two_fetches(tmp_path):
    """A fetch keeps the stations that another has added meanwhile."""
    first, second = opened(tmp_path), opened(tmp_path)
    jfk, lga = (SourceStation(name, name, "US", 40.6, -73.8) for name in ("JFK", "LGA"))
    first.put_stations([jfk])

    assert second.put_stations([lga]) == {"JFK": jfk, "LGA": lga} == first.stations()


def test_stations_of_a_person(tmp_path):
    """A file with other columns is read, and gets all columns."""
    (tmp_path / "source=iem").mkdir()
    (tmp_path / "source=iem" / "stations.csv").write_text(
        "\ufefflongitude,latitude,station_id,mood\n-73.8,40.6,JFK,good\n", encoding="utf-8"
    )

    assert opened(tmp_path).stations() == {"JFK": SourceStation("JFK", "", "", 40.6, -73.8)}


def test_stations_that_cannot_be_read(tmp_path):
    """The file is named, with what the system says."""
    (tmp_path / "source=iem" / "stations.csv").mkdir(parents=True)

    with pytest.raises(FileError, match=r"stations\.csv: Is a directory"):
        opened(tmp_path).stations()


def test_sensors(tmp_path):
    """Readings of several sensors are kept apart; of a reading, the file that is last counts."""
    stored = opened(tmp_path)
    stored.add(DAY, readings(("a", 0, 50.0), ("b", 0, 51.0), (None, 0, 52.0)), NOON)
    stored.add(DAY, readings((None, 0, 53.0), (None, 1, 54.0)), NOON)
    read = opened(tmp_path).readings(DAY).sort(*KEY, nulls_last=True)

    assert read["sensor_id"].to_list() == ["a", "b", None, None]
    assert read["value"].to_list() == [50.0, 51.0, 53.0, 54.0]


def test_a_file_that_disappears(tmp_path):
    """If a listed file is gone, the day is listed again."""
    name = opened(tmp_path).add(DAY, readings((None, 0, 50.0)), NOON)
    stored = opened(tmp_path)
    (tmp_path / "source=iem" / name).unlink()

    assert stored.readings(DAY).is_empty()
    assert stored.damaged == {}


def test_names_of_other_people(tmp_path):
    """Files with other names are no fetches; one with an impossible time is the oldest."""
    folder = tmp_path / "source=iem" / "date=2026-11-28"
    folder.mkdir(parents=True)
    (folder / "mine.parquet").write_bytes(b"")
    (folder / "20269999T999999Z.parquet").write_bytes(b"")
    stored = opened(tmp_path)
    name = stored.add(DAY, readings((None, 0, 50.0)), NOON)

    assert (stored.days(), name) == ([DAY], "date=2026-11-28/20261128T120000Z.parquet")


def test_spans_that_are_done(tmp_path):
    """They are kept beside the files, hidden from readers."""
    stored = opened(tmp_path)
    stored.put_done("b")
    stored.put_done("a")

    assert opened(tmp_path).done() == {"a", "b"}
