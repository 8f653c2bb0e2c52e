"""The stations of one run in memory: by id and by place; `station_search` finds them by words."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from math import dist, inf
from typing import NamedTuple

from forecasts.distance import chord, kilometres, point
from forecasts.item import StationEntry
from forecasts.parameter import PARAMETERS


class Found(NamedTuple):
    """A station that was found.

    Attributes:
        entry: The station.
        distance_km: Its distance from the requested place, if there is one.
        place: The town that led to it, if one did: Berlin, Germany.
    """

    entry: StationEntry
    distance_km: float | None = None
    place: str | None = None


class StationIndex:
    """The stations of one run, in the order in which they were planned."""

    def __init__(self, entries: Sequence[StationEntry]) -> None:
        self.entries = entries
        self.all = [Found(entry) for entry in entries]
        self.by_id = {entry.station.id: entry for entry in entries}
        self._ids = sorted((entry.station.id.lower(), entry.station.id) for entry in entries)
        self.points = [point(e.station.latitude, e.station.longitude) for e in entries]
        self._points_by_id = dict(zip(self.by_id, self.points, strict=True))

    def nearest(
        self,
        latitude: float,
        longitude: float,
        n: int,
        *,
        parameters: Iterable[str] = (),
        max_km: float = inf,
    ) -> list[Found]:
        """List the stations nearest to a place, nearest first.

        Args:
            latitude: Degrees north.
            longitude: Degrees east.
            n: How many stations, at most.
            parameters: Only stations with a forecast of one of these codes count; empty stands
                for any. If no station has one, all stations count, so the list is never empty.
            max_km: Largest distance, in kilometres.
        """
        wanted = set(parameters) or set(PARAMETERS)
        entries = self.entries
        useful = [i for i, e in enumerate(entries) if not wanted.isdisjoint(e.parameters)]
        place = point(latitude, longitude)
        chords = ((dist(self.points[i], place), i) for i in useful or range(len(entries)))
        best = [(kilometres(length), i) for length, i in nsmallest(n, chords)]
        return [Found(entries[i], km) for km, i in best if km <= max_km]

    def by_distance(
        self, found: Iterable[Found], latitude: float, longitude: float, max_km: float
    ) -> list[Found]:
        """List stations up to *max_km* kilometres from a place (degrees), nearest first."""
        place, points, most = point(latitude, longitude), self._points_by_id, chord(max_km)
        by_id = {each.entry.station.id: each for each in found}
        chords = sorted((dist(points[station_id], place), station_id) for station_id in by_id)
        return [by_id[station_id] for length, station_id in chords if length <= most]

    def away(self, found: Found, latitude: float, longitude: float) -> Found:
        """Return a station with its distance from a place (degrees)."""
        length = dist(self._points_by_id[found.entry.station.id], point(latitude, longitude))
        return Found(found.entry, kilometres(length))

    def spelled(self, station_id: str) -> str | None:
        """Return the one id that is *station_id* in other upper and lower case, if there is one."""
        lower = station_id.lower()
        place = bisect_left(self._ids, (lower, ""))
        found = [i for low, i in self._ids[place : place + 2] if low == lower]
        return found[0] if len(found) == 1 else None
