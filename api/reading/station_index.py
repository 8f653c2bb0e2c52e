"""The stations of one run in memory: by id, by words, by place."""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice
from math import dist, inf
from string import ascii_lowercase, digits
from typing import NamedTuple

from api.schemas.box import Box
from forecasts.distance import kilometres, point
from forecasts.item import StationEntry
from forecasts.parameter import PARAMETERS

#: How many similar ids are suggested for an unknown one.
SUGGESTIONS = 5

_ALPHABET = ascii_lowercase + digits + "._:-"


class Found(NamedTuple):
    """A station, and its distance in kilometres from the requested place, if there is one."""

    entry: StationEntry
    distance_km: float | None


class StationIndex:
    """The stations of one run, in the order in which they were planned."""

    def __init__(self, entries: Sequence[StationEntry]) -> None:
        self.entries = entries
        self.by_id = {entry.station.id: entry for entry in entries}
        self._texts = [folded(f"{e.station.id} {e.station.name}") for e in entries]
        self._ids = sorted((entry.station.id.lower(), entry.station.id) for entry in entries)
        self._by_lower = dict(self._ids)
        self._points = [point(e.station.latitude, e.station.longitude) for e in entries]

    def search(
        self, words: str = "", country: str = "", parameter: str = "", box: Box | None = None
    ) -> Iterator[StationEntry]:
        """Go through the matching stations, in order.

        Args:
            words: Words that must all occur in id or name; case and accents are ignored.
            country: Country code, upper-case; "" for any.
            parameter: Code of a parameter that is forecast at the station; "" for any.
            box: Where the station must be; None for anywhere.
        """
        needles = folded(words).split()
        for entry, text in zip(self.entries, self._texts, strict=True):
            station = entry.station
            if (
                all(needle in text for needle in needles)
                and country in ("", station.country)
                and (not parameter or parameter in entry.parameters)
                and (box is None or box.holds(station.latitude, station.longitude))
            ):
                yield entry

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
        chords = ((dist(self._points[i], place), i) for i in useful or range(len(entries)))
        best = [(kilometres(chord), i) for chord, i in nsmallest(n, chords)]
        return [Found(entries[i], km) for km, i in best if km <= max_km]

    def spelled(self, station_id: str) -> str | None:
        """Return the one id that is *station_id* in other upper and lower case, if there is one."""
        lower = station_id.lower()
        place = bisect_left(self._ids, (lower, ""))
        found = [i for low, i in self._ids[place : place + 2] if low == lower]
        return found[0] if len(found) == 1 else None

    def suggestions(self, station_id: str) -> list[str]:
        """List ids that were probably meant by *station_id*, the likeliest first."""
        text = station_id[:64].strip()
        if not text:
            return []
        found = dict.fromkeys(
            [
                *(self._by_lower[t] for t in _one_edit_away(text.lower()) if t in self._by_lower),
                *islice(self._starting_with(text.lower()), SUGGESTIONS),
                *(e.station.id for e in islice(self.search(words=text), SUGGESTIONS)),
            ]
        )
        return list(found)[:SUGGESTIONS]

    def _starting_with(self, text: str) -> Iterator[str]:
        for lower, station_id in self._ids[bisect_left(self._ids, (text, "")) :]:
            if not lower.startswith(text):
                return
            yield station_id


def by_distance(
    entries: Iterable[StationEntry], latitude: float, longitude: float, max_km: float
) -> list[Found]:
    """List *entries* up to *max_km* kilometres from a place (degrees), nearest first."""
    place = point(latitude, longitude)
    found = (
        (kilometres(dist(point(e.station.latitude, e.station.longitude), place)), e)
        for e in entries
    )
    near = sorted((km, entry.station.id, entry) for km, entry in found if km <= max_km)
    return [Found(entry, km) for km, _, entry in near]


def folded(text: str) -> str:
    """Write *text* without case and accents, for comparison.

    >>> folded("Zürich-Flughafen")
    'zurich-flughafen'
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def _one_edit_away(text: str) -> Iterator[str]:
    """Go through *text* itself and everything that one typing mistake makes of it."""
    yield text
    for cut in range(len(text) + 1):
        head, tail = text[:cut], text[cut:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in _ALPHABET:
            yield head + letter + tail[1:]
            yield head + letter + tail
