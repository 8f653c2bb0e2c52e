"""OpenAQ's API v3: its pages, and what is in them.

Pages of values have no order, so that a row may come twice and another not at all. An answer of
another form is an error that names what is missing. See docs/feeds.md for what is known of it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

import orjson

from batch_jobs.errors import SourceError
from batch_jobs.feeds.http import SourceClient
from batch_jobs.feeds.source import SourceStation, Tally
from batch_jobs.observations.names import openaq_code
from batch_jobs.observations.quantities import QUANTITIES
from forecasts.units import conversion

NAME = "openaq"
#: Rows of a page; the most that the service allows.
PAGE = 1000
#: Pages that may be asked for again in a fetch, because rows are missing.
_PAGES_AGAIN = 20
#: Characters of an attribution or a licence that a station file may have.
_LONGEST = 200
#: An hour of a sensor that is the mean of more hours than this is not used.
_LONG_MEAN = 1.5

#: What a row of another form raises.
BAD = (KeyError, TypeError, ValueError, AttributeError, OverflowError)

T = TypeVar("T")
_NOT_FOUND = 404
_Parsed = Callable[[Any], tuple[object, T]]


class Kind(NamedTuple):
    """What a sensor measures: our name of it, and the unit of its values."""

    parameter: str
    unit: str


class Value(NamedTuple):
    """A value of a sensor; *time* is aware UTC."""

    sensor_id: str
    station_id: str
    time: datetime
    value: float


class Place(NamedTuple):
    """A location.

    Attributes:
        station: Its description.
        sensors: By id: the sensors whose values can be used.
        is_usable: It stays where it is, and says where that is.
        newest: Aware UTC; time of its newest value; None if it is not known.
    """

    station: SourceStation
    sensors: Mapping[str, Kind]
    is_usable: bool
    newest: datetime | None


class Hour(NamedTuple):
    """The mean of an hour, with the end of the hour as its time."""

    time: datetime
    value: float
    kind: Kind | None
    is_flagged: bool
    is_long_mean: bool


class Api:
    """Asks the API.

    Args:
        client: Sends the requests.
        tally: Counts rows that cannot be used.
    """

    def __init__(self, client: SourceClient, tally: Tally) -> None:
        self._client = client
        self._tally = tally
        self._pages_again = _PAGES_AGAIN

    def kinds(self) -> dict[str, Kind]:
        """Return the parameters whose values can be used, by their number.

        Raises:
            SourceError: The service fails.
        """
        kinds = self._all("/v3/parameters", {}, lambda row: (row["id"], (row["id"], _kind(row))))
        return {str(number): kind for number, kind in kinds if kind is not None}

    def places(self, query: Mapping[str, str]) -> list[Place]:
        """Return the locations of a query.

        Raises:
            SourceError: The service fails.
        """
        return self._all("/v3/locations", query, place_of)

    def place(self, station_id: str) -> Place | None:
        """Return a location; None if the service does not list it.

        Raises:
            SourceError: The service fails.
        """
        try:
            return next(iter(self._all(f"/v3/locations/{station_id}", {}, place_of)), None)
        except SourceError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def latest(self, of: str, after: datetime) -> list[Value]:
        """Return the last value of each sensor.

        Args:
            of: `parameters/2` or `locations/2178`.
            after: Aware; older values do not count.

        Raises:
            SourceError: The service fails.
        """
        query = {"datetime_min": _text(after)}
        values = self._all(f"/v3/{of}/latest", query, latest_of)
        return [value for value in values if value.time > after]

    def hours(self, sensor_id: str, since: datetime, until: datetime) -> list[Hour]:
        """Return the hours of a sensor after *since*, up to and including *until*.

        Raises:
            SourceError: The service fails.
        """
        query = {"datetime_from": _text(since), "datetime_to": _text(until)}
        return self._all(f"/v3/sensors/{sensor_id}/hours", query, hour_of)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _all(self, path: str, query: Mapping[str, str], parse: _Parsed[T]) -> list[T]:
        """Return the records of all pages, each once; those that are missing are asked for again.

        As many rows come as there are, so one that came twice stands for one that did not come.
        """
        records: dict[object, T] = {}
        pages, there = self._round(path, query, parse, records)
        if len(records) < there and self._pages_again >= pages:
            self._pages_again -= pages
            self._round(path, query, parse, records)
        if len(records) < there:
            missing = there - len(records)
            self._tally.note(f"{path}: some {missing} rows did not come; the next fetch asks again")
        return list(records.values())

    def _round(
        self, path: str, query: Mapping[str, str], parse: _Parsed[T], records: dict[object, T]
    ) -> tuple[int, int]:
        """Read all pages; return their number, and how many rows there are."""
        page, rows, found = 0, 0, 0
        seen: set[object] = set()
        while True:
            page += 1
            paging = {"limit": str(PAGE), "page": str(page)}
            answer = orjson.loads(self._client.get(path, {**query, **paging}, _fault))
            parsed = self._parsed(path, answer["results"], parse)
            rows += len(parsed)
            is_new = any(key not in seen for key, _ in parsed)
            seen.update(key for key, _ in parsed)
            records.update(parsed)
            found = max(found, _found(answer) - (len(answer["results"]) - len(parsed)))
            if len(answer["results"]) < PAGE or not is_new:
                return page, max(rows, found)

    def _parsed(self, path: str, rows: Sequence[Any], parse: _Parsed[T]) -> list[tuple[object, T]]:
        """Return the records of a page; a bad one is counted.

        Raises:
            SourceError: All are bad.
        """
        parsed = []
        fault: Exception | None = None
        for row in rows:
            try:
                parsed.append(parse(row))
            except BAD as error:
                fault = error
        self._tally.left_out["bad_line"] += len(rows) - len(parsed)
        if fault and not parsed:
            raise SourceError(
                NAME, f"{path}: its rows have another form ({fault!r}): {rows[0]!r:.200}"
            )
        return parsed


def _fault(body: bytes) -> str | None:
    """Return what is wrong with an answer as a whole."""
    if not body.strip():
        return "an empty answer"
    try:
        answer = orjson.loads(body)
    except ValueError:
        return f"an answer that is no JSON: {body[:40].decode('utf-8', 'replace')!r}"
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        return "an answer without results"
    return None


def _found(answer: Mapping[str, Any]) -> int:
    """Return how many rows there are; 0 if it is not known, as for `">1000"`."""
    meta = answer.get("meta")
    found = meta.get("found") if isinstance(meta, dict) else None
    return found if isinstance(found, int) else 0


def _kind(parameter: Mapping[str, Any]) -> Kind | None:
    """Return what a parameter of theirs is; None if it is of no use."""
    code, unit = openaq_code(parameter["name"]), parameter["units"]
    quantity = QUANTITIES.get(code)
    if quantity is None or conversion(quantity.parameter, unit) is None:
        return None
    return Kind(code, unit)


def latest_of(row: Any) -> tuple[object, Value]:
    """Return a last value, behind its key; one of `BAD` is raised for a row of another form."""
    time = _time(row["datetime"])
    sensor_id = str(int(row["sensorsId"]))
    station_id = str(int(row["locationsId"]))
    return (sensor_id, time), Value(sensor_id, station_id, time, _number(row["value"]))


def hour_of(row: Any) -> tuple[object, Hour]:
    """Return an hour, behind its key; one of `BAD` is raised for a row of another form."""
    time = _time(row["period"]["datetimeTo"])
    value = float("nan") if row["value"] is None else _number(row["value"])
    flags = (row.get("flagInfo") or {}).get("hasFlags")
    is_long = _hours_of_a_value(row.get("coverage")) > _LONG_MEAN
    return time, Hour(time, value, _kind(row["parameter"]), bool(flags), is_long)


def _hours_of_a_value(coverage: Any) -> float:
    """Return how many hours a value is the mean of; 0 if it is not known.

    The share of the hour that is covered is above 100 % if it is several.
    """
    with suppress(KeyError, TypeError, ZeroDivisionError):
        return float(coverage["percentCoverage"] / 100 / coverage["observedCount"])
    return 0.0


def place_of(row: Any) -> tuple[object, Place]:
    """Return a location, behind its key; one of `BAD` is raised for a row of another form."""
    station_id = str(int(row["id"]))
    sensors = {str(int(sensor["id"])): _kind(sensor["parameter"]) for sensor in row["sensors"]}
    attribution, licence = _licences(row.get("licenses") or [])
    coordinates = row["coordinates"] or {}
    latitude, longitude = coordinates.get("latitude"), coordinates.get("longitude")
    is_located = latitude is not None and longitude is not None
    station = SourceStation(
        station_id,
        name=row.get("name") or "",
        country=(row.get("country") or {}).get("code") or "",
        latitude=_number(latitude) if is_located else 0.0,
        longitude=_number(longitude) if is_located else 0.0,
        timezone=row.get("timezone") or "",
        attribution=attribution,
        licence=licence,
    )
    last = row.get("datetimeLast")
    return station_id, Place(
        station,
        {sensor: kind for sensor, kind in sensors.items() if kind is not None},
        is_located and not row.get("isMobile"),
        None if last is None else _time(last),
    )


def _licences(licences: Sequence[Any]) -> tuple[str, str]:
    """Return whom to name, OpenAQ among them, and the names of the licences that are in force."""
    in_force = [licence for licence in licences if licence.get("dateTo") is None] or licences
    owners = ((licence.get("attribution") or {}).get("name") for licence in in_force)
    return _joined([*owners, "OpenAQ"]), _joined([licence.get("name") for licence in in_force])


def _joined(names: Sequence[str | None]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))[:_LONGEST]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r:.40} is not a number")
    return float(value)


def _time(both: Any) -> datetime:
    time = datetime.fromisoformat(both["utc"])
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
