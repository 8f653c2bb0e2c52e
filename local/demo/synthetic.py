"""Synthetic observations for thousands of stations: real airports, invented weather.

For load tests and for a map full of dots. Places and names come from the package `airportsdata`
(MIT). The values are made up from latitude, season, the sun and noise with a memory.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import airportsdata
import numpy as np
import polars as pl
from numpy.typing import NDArray

from batch_jobs.observations.notice import NOTICE_FILE
from batch_jobs.progress import Track
from forecasts.parameter import PARAMETERS
from forecasts.station import Station
from forecasts.times import HOUR

#: What readers must know about forecasts from such weather.
NOTICE = "Synthetic weather at real airports, made up for tests of size."

#: Hours of history: the window of a forecast and one day more.
HOURS = 192
#: The parameters that are made up, in catalogue order.
CODES = (
    "temperature",
    "dew_point",
    "relative_humidity",
    "wind_speed",
    "pressure",
    "visibility",
    "precipitation",
)
_STATIONS_OF_A_FILE = 1000
_METRES_PER_FOOT = 0.3048
_SEED = 11_000


def synthetic_stations(count: int) -> list[Station]:
    """Return real airports, those with an IATA code first, in order of id.

    Raises:
        ValueError: There are fewer airports.
    """
    airports = airportsdata.load("ICAO")
    # A few ids are placeholders that begin with an underscore.
    usable = [code for code in airports if code.isalnum()]
    codes = sorted(usable, key=lambda code: (not airports[code]["iata"], code))
    if count > len(codes):
        raise ValueError(f"there are {len(codes)} airports, not {count}")
    return [_station(code, airports[code]) for code in sorted(codes[:count])]


def _station(code: str, airport: airportsdata.Airport) -> Station:
    return Station(
        id=code,
        name=airport["name"],
        country=airport["country"],
        latitude=airport["lat"],
        longitude=airport["lon"],
        elevation=round(airport["elevation"] * _METRES_PER_FOOT, 1),
        timezone=airport["tz"],
    )


def synthetic_values(
    stations: Sequence[Station], end: datetime, span: int = HOURS
) -> NDArray[np.float64]:
    """Make up *span* hours of weather that end at *end* (aware).

    Returns:
        [station, parameter, hour], parameters as `CODES`, rounded to their decimals; 2 % NaN.
    """
    random = np.random.default_rng([_SEED, len(stations)])
    latitude = np.array([station.latitude for station in stations])[:, None]
    longitude = np.array([station.longitude for station in stations])[:, None]
    hours = end.timestamp() // HOUR.total_seconds() + np.arange(1 - span, 1)
    sun = np.cos((hours % 24 + longitude / 15 - 14) * 2 * np.pi / 24)
    season = -np.cos(hours / 24 / 365.25 * 2 * np.pi) * latitude / 90
    temperature = 28 - 0.006 * latitude**2 + 12 * season + 4 * sun + _noise(random, sun.shape, 3)
    spread = np.abs(4 + 2 * sun + _noise(random, sun.shape, 2))  # temperature less dew point
    wind = np.abs(3 + sun + _noise(random, sun.shape, 2))
    rain = np.maximum(_noise(random, sun.shape, 1.5) - 2, 0)
    columns = {
        "temperature": temperature,
        "dew_point": temperature - spread,
        "relative_humidity": 100 * np.exp(-spread / 16),
        "wind_speed": wind,
        "pressure": 1013 + _noise(random, sun.shape, 8),
        "visibility": np.where(rain > 0, 16 / (1 + rain), 16.1),
        "precipitation": rain,
    }
    values = np.stack([_finish(code, columns[code]) for code in CODES], axis=1)
    values[random.random(values.shape) < 0.02] = np.nan  # noqa: PLR2004 -- as the docstring says
    return values


def _noise(
    random: np.random.Generator, shape: tuple[int, ...], spread: float
) -> NDArray[np.float64]:
    """Return noise that has lost half of its memory after about 12 hours."""
    memory = 0.944
    steps: NDArray[np.float64] = random.normal(0, spread * np.sqrt(1 - memory**2), shape)
    steps[:, 0] = random.normal(0, spread, shape[0])
    for hour in range(1, shape[1]):
        steps[:, hour] += memory * steps[:, hour - 1]
    return steps


def _finish(code: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    limits = PARAMETERS[code]
    plausible = np.clip(values, limits.minimum, limits.maximum)
    return np.asarray(np.round(plausible, limits.decimals), np.float64)


def write_synthetic(folder: Path, count: int, end: datetime, track: Track) -> list[Station]:
    """Write `stations.csv` and Parquet files of made-up observations; return the stations.

    A `notice.txt` says that they are made up, and so do the forecasts made from them.
    """
    stations = synthetic_stations(count)
    (folder / "observations").mkdir(parents=True, exist_ok=True)
    write_stations(folder / "stations.csv", stations)
    (folder / NOTICE_FILE).write_text(NOTICE)
    starts = range(0, count, _STATIONS_OF_A_FILE)
    for start in track(starts, "Making weather up", len(starts)):
        chunk = stations[start : start + _STATIONS_OF_A_FILE]
        frame = synthetic_frame(chunk, synthetic_values(chunk, end), end)
        frame.write_parquet(folder / "observations" / f"synthetic-{start:05d}.parquet")
    return stations


def write_stations(path: Path, stations: Sequence[Station]) -> None:
    """Write a `stations.csv`."""
    columns = ("name", "country", "latitude", "longitude", "elevation", "timezone")
    rows = {name: [getattr(station, name) for station in stations] for name in columns}
    pl.DataFrame({"station_id": [station.id for station in stations]} | rows).write_csv(path)


def synthetic_frame(
    stations: Sequence[Station], values: NDArray[np.float64], end: datetime
) -> pl.DataFrame:
    """Return made-up values as rows of `station_id, parameter, time, value`."""
    station, code, hour = np.nonzero(~np.isnan(values))
    first = int((end - (values.shape[-1] - 1) * HOUR).timestamp())
    return pl.DataFrame(
        {
            "station_id": pl.Series([s.id for s in stations]).gather(station),
            "parameter": pl.Series(CODES).gather(code),
            "time": pl.Series(first + hour * 3600).cast(pl.Int64) * 1_000_000,
            "value": values[station, code, hour],
        }
    ).with_columns(pl.col("time").cast(pl.Datetime("us", "UTC")))
