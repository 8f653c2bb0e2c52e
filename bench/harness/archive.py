"""Synthetic observations as in OpenAQ's archive: one CSV.gz for each location and day.

`local.demo.synthetic` generates the values for real airports. Locations are numbered, because
OpenAQ's ids are numbers. Days are local days; a location's offset from UTC follows its longitude.
"""

import gzip
import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batch_jobs.progress import Track
from forecasts.parameter import PARAMETERS
from forecasts.station import Station
from forecasts.times import HOUR
from local.demo.synthetic import CODES, synthetic_stations, synthetic_values

#: The local days that touch a week of UTC, and one before.
DAYS = 9
_DAY_HOURS = 24
#: The largest offset from UTC, and the hours that contain nine days of any location.
_MOST_OFFSET = 12
_SPAN = DAYS * _DAY_HOURS + 2 * _MOST_OFFSET
_STATIONS_OF_A_CHUNK = 200
_FIRST_ID = 1001
_HEADER = (
    '"location_id","sensors_id","location","datetime","lat","lon","parameter","units","value"\n'
)


def write_archive(folder: Path, count: int, issue_time: datetime, track: Track) -> None:
    """Write nine days of *count* locations; the last day is that of *issue_time* (midnight UTC).

    Args:
        folder: Gets `locationid=<id>/location-<id>-<yyyymmdd>.csv.gz`.
        count: Number of locations.
        issue_time: Aware time.
        track: Shows progress.
    """
    stations = synthetic_stations(count)
    starts = range(0, count, _STATIONS_OF_A_CHUNK)
    for start in track(starts, "Writing the archive", len(starts)):
        _write_chunk(folder, stations[start : start + _STATIONS_OF_A_CHUNK], start, issue_time)


def offset_of(longitude: float) -> int:
    """Return a location's offset from UTC in whole hours, -12 to 12, by its longitude."""
    return round(longitude / 15)


def _write_chunk(
    folder: Path, stations: Sequence[Station], start: int, issue_time: datetime
) -> None:
    end = issue_time + (_DAY_HOURS + _MOST_OFFSET) * HOUR
    values = synthetic_values(stations, end, _SPAN)
    for number, station in enumerate(stations):
        # The nine days end at local midnight, which comes before that of UTC east of Greenwich.
        last = _SPAN - _MOST_OFFSET - offset_of(station.longitude)
        days = values[number, :, last - DAYS * _DAY_HOURS : last]
        _write_location(folder, _FIRST_ID + start + number, station, days, issue_time)


def _write_location(
    folder: Path,
    location_id: int,
    station: Station,
    values: NDArray[np.float64],
    issue_time: datetime,
) -> None:
    below = folder / f"locationid={location_id}"
    below.mkdir(parents=True, exist_ok=True)
    for day in range(DAYS):
        date = issue_time + timedelta(days=day + 1 - DAYS)
        hours = values[:, day * _DAY_HOURS : (day + 1) * _DAY_HOURS]
        text = _HEADER + "".join(_lines(location_id, station, hours, date))
        path = below / f"location-{location_id}-{date:%Y%m%d}.csv.gz"
        path.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))


def _lines(
    location_id: int, station: Station, values: NDArray[np.float64], date: datetime
) -> Iterator[str]:
    """Yield the rows of one local day; *values* is [parameter, 24]."""
    times = _times(date, offset_of(station.longitude))
    name = station.name.replace('"', "'")
    for index, code in enumerate(CODES):
        sensor = f'{location_id},{location_id * 10 + index},"{name}-{location_id}","'
        where = f'","{station.latitude}","{station.longitude}","{_name(code)}","'
        unit = f'{PARAMETERS[code].unit}","'
        for time, value in zip(times, values[index].tolist(), strict=True):
            if not math.isnan(value):
                yield f'{sensor}{time}{where}{unit}{value}"\n'


@lru_cache(maxsize=1000)
def _times(date: datetime, offset: int) -> tuple[str, ...]:
    """Write the hours of a local day as OpenAQ does, labelled with their end and the offset."""
    midnight = date.replace(tzinfo=timezone(offset * HOUR))
    return tuple((midnight + (hour + 1) * HOUR).isoformat() for hour in range(_DAY_HOURS))


def _name(code: str) -> str:
    """Return OpenAQ's name of a parameter; its pressure would be that at the station."""
    return {"relative_humidity": "relativehumidity", "pressure": "sea_level_pressure"}.get(
        code, code
    )
