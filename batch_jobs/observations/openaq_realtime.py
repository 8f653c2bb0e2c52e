"""OpenAQ's realtime files: one JSON object per line.

They name a place by country, city and location. They have no ids, and not always coordinates.
"""

import hashlib
import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
import polars as pl

from batch_jobs.observations.countries import country_code
from batch_jobs.observations.file_faults import reported
from batch_jobs.observations.files import File, Location
from batch_jobs.observations.names import openaq_code, plain_name, source_of
from batch_jobs.observations.readings import Readings
from batch_jobs.observations.rows import Rows, coded
from batch_jobs.observations.texts import Text, texts
from batch_jobs.observations.times import seconds_of
from batch_jobs.progress import Track

#: Rows that are added at once.
BATCH_ROWS = 100_000

_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_LONGEST_COUNTRY = 8
_LONGEST_NAME = 40
_HASH_DIGITS = 8


class Place(NamedTuple):
    """Where a record was measured; coordinates are text, "" if there are none."""

    country: str
    city: str
    location: str
    latitude: str
    longitude: str


class Record(NamedTuple):
    """A line of a file; *value* is NaN if it has none."""

    place: Place
    time: str
    parameter: str
    unit: str
    value: float


class _LongMeanError(ValueError):
    """A record that is the mean of more than an hour."""


#: Hours of the units of `averagingPeriod`.
_HOURS = {"hour": 1.0, "minute": 1 / 60, "second": 1 / 3600, "day": 24.0, "week": 168.0}


def read_realtime(
    location: Location, files: Sequence[File], readings: Readings, track: Track
) -> None:
    """Read realtime files; a bad line is reported, the others are read."""
    for text in track(texts(location, files), "Reading OpenAQ realtime", len(files)):
        with reported(text.name, readings.report):
            _read_text(readings.opened(text), readings)


def _read_text(text: Text, readings: Readings) -> None:
    batch: list[Record] = []
    numbers: list[int] = []
    for number, line in enumerate(text.body.split(b"\n")[:-1], start=1):
        if not line.strip():
            continue
        try:
            batch.append(_record(line))
            numbers.append(number)
        except _LongMeanError as error:
            readings.bad_line("long_mean", text.name, number, error)
        except ValueError as error:
            readings.bad_line("bad_line", text.name, number, error)
        if len(batch) == BATCH_ROWS:
            _add(batch, text.name, numbers, readings)
            batch, numbers = [], []
    _add(batch, text.name, numbers, readings)


def _record(line: bytes) -> Record:
    """Read a line.

    Raises:
        ValueError: The line is not a record, or the mean of a long time; the message says which.
    """
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the line is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError("the line is not a JSON object")  # noqa: TRY004 -- the line is the value
    _check_average(fields.get("averagingPeriod"))
    date = fields.get("date")
    return Record(
        place=_place(fields),
        time=_text(date if isinstance(date, dict) else {}, "utc"),
        parameter=_text(fields, "parameter"),
        unit=_text(fields, "unit"),
        value=_value(fields),
    )


def _check_average(period: object) -> None:
    """Refuse a mean of more than an hour; a period that cannot be read counts as an hour."""
    value, unit = (period.get("value"), period.get("unit")) if isinstance(period, dict) else (1, "")
    hours = _HOURS.get(str(unit).strip().lower().removesuffix("s"), 0)
    if isinstance(value, int | float) and value * hours > 1:
        raise _LongMeanError(f"it is the mean of {value:g} {unit}, not of an hour")


def _place(fields: dict[str, Any]) -> Place:
    coordinates = fields.get("coordinates")
    return Place(
        country=_text(fields, "country", ""),
        city=_text(fields, "city", ""),
        location=_text(fields, "location"),
        latitude=_degrees(coordinates, "latitude"),
        longitude=_degrees(coordinates, "longitude"),
    )


def _degrees(coordinates: object, field: str) -> str:
    value = coordinates.get(field) if isinstance(coordinates, dict) else None
    return "" if value is None else str(value)


def _text(fields: dict[str, Any], field: str, default: str | None = None) -> str:
    value = fields.get(field)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise ValueError(f"field {field} is not text")  # noqa: TRY004 -- the line is the value
    return value


def _value(fields: dict[str, Any]) -> float:
    value = fields.get("value")
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"value {value!r} is not a number")  # noqa: TRY004 -- as above
    return float(value)


@lru_cache(maxsize=100_000)
def station_id_of(country: str, city: str, location: str) -> str:
    """Return the id of a place: readable, and the same in every file.

    Case, spaces, the way in which Unicode writes an accent, and the number of letters of the
    country's code make no difference.

    >>> station_id_of("BD", "Dhaka", "US Diplomatic Post: Dhaka")
    'BD-us-diplomatic-post-dhaka-623b46e5'
    """
    names = (country_code(country) or country, city, location)
    country, city, location = (plain_name(name).casefold() for name in names)
    digest = hashlib.sha256(f"{country}\0{city}\0{location}".encode()).hexdigest()[:_HASH_DIGITS]
    words = (_slug(country, _LONGEST_COUNTRY).upper(), _slug(location, _LONGEST_NAME), digest)
    return "-".join(word for word in words if word)


def _slug(name: str, longest: int) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_PLAIN.sub("-", letters.lower()).strip("-")[:longest].strip("-")


def _add(batch: Sequence[Record], name: str, numbers: Sequence[int], readings: Readings) -> None:
    """Add records, and the stations that they describe."""
    ids = [station_id_of(*record.place[:3]) for record in batch]
    for station_id, place in dict.fromkeys(zip(ids, (r.place for r in batch), strict=True)):
        if place.latitude and place.longitude:
            readings.stations.describe(
                station_id,
                {
                    "name": place.location,
                    "country": place.country,
                    "latitude": place.latitude,
                    "longitude": place.longitude,
                },
            )
    times = coded(_strings([record.time for record in batch]))
    rows = Rows(
        station=coded(_strings(ids)),
        parameter=coded(_strings([record.parameter for record in batch])).renamed(openaq_code),
        unit=coded(_strings([record.unit for record in batch])),
        time=times,
        seconds=seconds_of(times),
        value=pl.Series([record.value for record in batch], dtype=pl.Float64).to_numpy(),
        where=lambda row: f"{name}:{numbers[row]}",
        source=source_of(name),
    )
    readings.add(rows)


def _strings(column: Sequence[str]) -> pl.Series:
    return pl.Series(column, dtype=pl.String)
