"""A poll of OpenAQ: the last value of each sensor, and the hours that earlier polls missed."""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from batch_jobs.errors import SourceError
from batch_jobs.feeds.openaq_api import Api, Hour, Kind, Place, Value
from batch_jobs.feeds.openaq_memory import Memory
from batch_jobs.feeds.source import SCHEMA, Asked, Batch, Tally
from batch_jobs.feeds.wanted import Box, Country, Everywhere, Near, Stations, Wanted

#: Some networks are hours late; a series whose newest value is older than this is not forecast.
RECENT = timedelta(hours=12)
#: Of a poll, with the hours that are owed.
MOST_REQUESTS = 100
#: Sensors whose hours are written together.
SENSORS_PER_BATCH = 50
#: So many locations are asked for one by one; for more the whole world is.
_FEW = 40
#: New locations that a poll asks about.
_MOST_NEW = 10
#: A location that is silent for longer is not listed.
_SILENT = timedelta(days=30)
#: A sensor's clock may be this much ahead.
_AHEAD = timedelta(hours=1)
#: The service's largest radius, kilometres; and the length of a degree of latitude.
_LARGEST_RADIUS = 25
_KM_PER_DEGREE = 111.0
#: There is no such location, sensor or parameter: no reason to give up.
_NOT_THERE = frozenset({404, 410, 422})


class Reading(NamedTuple):
    """A value of a sensor, and what it measures."""

    station_id: str
    sensor_id: str
    kind: Kind
    time: datetime
    value: float


class Poll:
    """A poll under way.

    Args:
        api: Answers.
        tally: Counts what is left out.
        asked: What is wanted.
    """

    def __init__(self, api: Api, tally: Tally, asked: Asked) -> None:
        self._api = api
        self._tally = tally
        self._asked = asked
        self._memory = Memory.of(asked.memory)
        self._stations = {
            one: station for one, station in asked.known.items() if asked.wanted.takes(station)
        }
        self._kinds = {
            one: Kind(about.parameter, about.unit) for one, about in self._memory.sensors.items()
        }
        self._useless = set(self._memory.useless)
        self._error: SourceError | None = None

    def batches(self) -> Iterator[Batch]:
        """Yield the last values, then the hours that are owed.

        Raises:
            SourceError: Nothing came, or the service failed on the way.
        """
        self._list()
        values = self._values()
        self._look_up(values)
        readings = [*self._readings(values)]
        if readings or self._error is None:
            yield self._batch(readings)
        if self._error is not None:
            raise self._error
        yield from self._owed()

    def _list(self) -> None:
        """List the wanted locations, once a day."""
        wanted, until = self._asked.wanted, self._asked.until
        choice = choice_of(wanted)
        if self._memory.has_list(choice, until):
            return
        places = listed(self._api, wanted)
        self._useless.clear()
        for place in places:
            self._learn(place)
        ids = []
        if not isinstance(wanted, Everywhere):
            ids = [p.station.station_id for p in places if is_alive(p, until - _SILENT)]
        lists = {
            one: of for one, of in self._memory.lists.items() if self._memory.has_list(one, until)
        }
        self._memory.lists = {**lists, choice: (until.timestamp(), ids)}

    def _learn(self, place: Place) -> None:
        station_id = place.station.station_id
        if place.is_usable and self._asked.wanted.takes(place.station):
            self._stations[station_id] = place.station
            self._kinds.update(place.sensors)
        else:
            self._useless.add(station_id)

    @property
    def _ids(self) -> list[str]:
        """The listed locations; none for all stations."""
        return self._memory.lists[choice_of(self._asked.wanted)][1]

    def _values(self) -> list[tuple[Value, Kind | None]]:
        """Return the last values, with what they are if that is known.

        An error ends it; what came before is returned.
        """
        values: list[tuple[Value, Kind | None]] = []
        try:
            for of, kind in self._parts():
                values += [(value, kind) for value in self._latest(of)]
        except SourceError as error:
            self._error = error
        return values

    def _parts(self) -> Iterator[tuple[str, Kind | None]]:
        is_everywhere = isinstance(self._asked.wanted, Everywhere)
        if not is_everywhere and len(self._ids) <= _FEW:
            yield from ((f"locations/{one}", None) for one in self._ids)
        else:
            yield from ((f"parameters/{one}", kind) for one, kind in self._api.kinds().items())

    def _latest(self, of: str) -> list[Value]:
        try:
            return self._api.latest(of, self._asked.until - RECENT)
        except SourceError as error:
            if error.status not in _NOT_THERE:
                raise
            self._tally.fail(str(error))
            return []

    def _look_up(self, values: Iterable[tuple[Value, Kind | None]]) -> None:
        """Ask about locations that are not known, a few at a time."""
        unknown = sorted({value.station_id for value, kind in values if self._is_new(value, kind)})
        try:
            for station_id in unknown[:_MOST_NEW]:
                place = self._api.place(station_id)
                if place is None:
                    self._useless.add(station_id)
                else:
                    self._learn(place)
        except SourceError as error:
            self._error = self._error or error

    def _is_new(self, value: Value, kind: Kind | None) -> bool:
        if value.station_id in self._useless or _sensor(value) in self._useless:
            return False
        if value.station_id not in self._stations:
            return isinstance(self._asked.wanted, Everywhere) or value.station_id in self._ids
        return kind is None and value.sensor_id not in self._kinds

    def _readings(self, values: Iterable[tuple[Value, Kind | None]]) -> Iterator[Reading]:
        """Yield the values that can be used, and keep in mind which hours are missing."""
        asked = self._asked
        for value, given in values:
            kind = given or self._kinds.get(value.sensor_id)
            if value.station_id not in self._stations:
                is_unknown = self._is_new(value, given)
                self._tally.left_out["no_station"] += is_unknown
            elif kind is None:
                self._useless.add(_sensor(value))
            else:
                if value.time <= asked.until + _AHEAD:
                    self._memory.saw(
                        value.sensor_id, value.station_id, kind, value.time, asked.since
                    )
                if self._is_long_mean(value.sensor_id):
                    self._tally.left_out["long_mean"] += 1
                else:
                    yield Reading(value.station_id, value.sensor_id, kind, value.time, value.value)

    def _is_long_mean(self, sensor_id: str) -> bool:
        known = self._memory.sensors.get(sensor_id)
        return known is not None and known.is_long_mean

    def _owed(self) -> Iterator[Batch]:
        """Yield the hours that are owed, as far as the budget of requests goes."""
        owing = self._memory.owing(self._stations)
        left = max(0, MOST_REQUESTS - self._tally.requests)
        for start in range(0, min(left, len(owing)), SENSORS_PER_BATCH):
            group = owing[start : min(start + SENSORS_PER_BATCH, left)]
            readings = [reading for sensor_id in group for reading in self._hours(sensor_id)]
            yield self._batch(readings)
        if len(owing) > left:
            self._tally.note(
                f"the hours before the last value of {len(owing) - left} sensors are still to be"
                " fetched; the next fetches do that, or one with --since"
            )

    def _hours(self, sensor_id: str) -> list[Reading]:
        about = self._memory.sensors[sensor_id]
        since = max(about.owed or 0, self._asked.since.timestamp())
        begin = datetime.fromtimestamp(since, self._asked.until.tzinfo)
        hours = hours_of(self._api, sensor_id, begin, self._asked.until, self._tally)
        about.owed = None
        about.is_long_mean = any(hour.is_long_mean for hour in hours)
        return [*usable(hours, about.station_id, sensor_id, self._tally)]

    def _batch(self, readings: Sequence[Reading]) -> Batch:
        self._memory.useless = sorted(self._useless)
        memory = self._memory.text(self._asked.until)
        return Batch(frame_of(readings), tuple(self._stations.values()), memory=memory)


def _sensor(value: Value) -> str:
    """Return a sensor's name among locations."""
    return f"sensor {value.sensor_id}"


def choice_of(wanted: Wanted) -> str:
    """Return a short text that only the same choice has."""
    text = ",".join(sorted(wanted.ids)) if isinstance(wanted, Stations) else repr(wanted)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def listed(api: Api, wanted: Wanted) -> list[Place]:
    """Return the locations of a choice.

    Raises:
        SourceError: The service fails.
    """
    if isinstance(wanted, Stations) and len(wanted.ids) <= _FEW:
        found = [api.place(station_id) for station_id in sorted(wanted.ids)]
        return [place for place in found if place is not None]
    places = api.places(_query(wanted))
    return [place for place in places if not place.is_usable or wanted.takes(place.station)]


def is_alive(place: Place, after: datetime) -> bool:
    """Tell whether a location can be used and may have sent something since a time."""
    return place.is_usable and (place.newest is None or place.newest > after)


def hours_of(
    api: Api, sensor_id: str, since: datetime, until: datetime, tally: Tally
) -> list[Hour]:
    """Return the full hours of a sensor; one that the service does not know costs only itself.

    Raises:
        SourceError: The service fails.
    """
    try:
        return api.hours(sensor_id, since, last_hour(until))
    except SourceError as error:
        if error.status not in _NOT_THERE:
            raise
        tally.fail(str(error))
        return []


def last_hour(time: datetime) -> datetime:
    """Return the last full hour."""
    return time.replace(minute=0, second=0, microsecond=0)


def usable(
    hours: Iterable[Hour], station_id: str, sensor_id: str, tally: Tally
) -> Iterator[Reading]:
    """Yield the hours of a sensor that can be used; count the others."""
    for hour in hours:
        if hour.kind is None:
            tally.left_out["of_no_use"] += 1
        elif hour.is_flagged:
            tally.left_out["flagged"] += 1
        elif hour.is_long_mean:
            tally.left_out["long_mean"] += 1
        else:
            yield Reading(station_id, sensor_id, hour.kind, hour.time, hour.value)


def frame_of(readings: Sequence[Reading]) -> pl.DataFrame:
    """Return readings as a table with the columns of `SCHEMA`."""
    return pl.DataFrame(
        {
            "station_id": [reading.station_id for reading in readings],
            "parameter": [reading.kind.parameter for reading in readings],
            "time": [reading.time for reading in readings],
            "value": [reading.value for reading in readings],
            "unit": [reading.kind.unit for reading in readings],
            "sensor_id": [reading.sensor_id for reading in readings],
        },
        schema=SCHEMA,
    )


def _query(wanted: Wanted) -> Mapping[str, str]:
    """Return the API's own choice of locations; it may have more than are wanted."""
    if isinstance(wanted, Country):
        return {"iso": wanted.code}
    if isinstance(wanted, Near) and wanted.km <= _LARGEST_RADIUS:
        metres = min(_LARGEST_RADIUS * 1000, math.ceil(wanted.km * 1000) + 20)
        place = f"{wanted.latitude:.4f},{wanted.longitude:.4f}"
        return {"coordinates": place, "radius": str(metres)}
    box = _around(wanted) if isinstance(wanted, Near) else wanted
    if isinstance(box, Box) and box.west < box.east:
        return {"bbox": f"{box.west:.4f},{box.south:.4f},{box.east:.4f},{box.north:.4f}"}
    return {}


def _around(near: Near) -> Wanted:
    """Return a box around a circle; everywhere if it has a pole or the date line."""
    north = near.km / _KM_PER_DEGREE
    south_most, north_most = near.latitude - north, near.latitude + north
    if south_most <= -90 or north_most >= 90:  # noqa: PLR2004 -- degrees
        return Everywhere()
    widest = max(abs(south_most), abs(north_most))
    east = north / math.cos(math.radians(widest))
    box = Box(near.longitude - east, south_most, near.longitude + east, north_most)
    return box if box.west >= -180 and box.east <= 180 else Everywhere()  # noqa: PLR2004 -- degrees
