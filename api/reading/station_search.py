"""Finds stations by what a visitor types: an id, a name, a town or a country.

The best kind of match decides, see `Kind`. Among stations that match in the same way, the largest
airports come first. Ids decide at last, so that the order is always the same. Typing errors only
count if nothing else is found.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from operator import add
from string import ascii_lowercase, digits
from typing import NamedTuple, TypeVar

from api.reading.grid import Grid
from api.reading.places import Places, Town
from api.reading.station_index import Found, StationIndex
from api.reading.station_names import Kind, StationNames, words_asked
from api.reading.vocabulary import one_edit_away
from api.reading.words import folded
from forecasts.station import Station

V = TypeVar("V")

#: A station this far from a town, in kilometres, still belongs to it.
NEAR_KM = 100

#: The most suggestions for a text that nothing matches.
SUGGESTIONS = 5

#: An airport of the same code is the station's only if it is as near as this, in kilometres.
_SAME_KM = 25

#: Words that many names leave out.
_OMITTED = {"airport", "station"}

#: No name has more words.
_MOST_WORDS = 12

#: For suggestions, so many words are searched one by one: the longest.
_ALONE = 2

#: Words of so many letters say little about what was meant.
_SHORT = 2

_LONGEST_ID = 64
_ID_LETTERS = ascii_lowercase + digits + "._:-"


class Match(NamedTuple):
    """A station, and how well it matches a text; the first four fields decide the order.

    Attributes:
        kind: How it matches.
        order: The number of the town, the largest first; or the number of typing errors.
        away: Kilometres from the town, 0 without one, less the size of the airport.
        id: Id of the station.
        number: The station.
        found: The station with the town that led to it; None if its own id, name or country did.
    """

    kind: Kind
    order: int
    away: float
    id: str
    number: int
    found: Found | None = None


class StationSearch:
    """Searches the stations of one run.

    Args:
        index: The stations.
        places: Towns, countries and airports.
    """

    def __init__(self, index: StationIndex, places: Places) -> None:
        stations = [entry.station for entry in index.entries]
        self._entries = index.entries
        self._plain = index.all
        self._places = places
        self._names = StationNames(stations, places.countries)
        positions = ((station.latitude, station.longitude) for station in stations)
        self._grid = Grid(positions, index.points)
        self._ids = [station.id for station in stations]
        self._sizes = [0] * len(stations)
        self._codes: dict[str, list[int]] = defaultdict(list)
        for number, station in enumerate(stations):
            self._add_codes(number, station)

    def find(self, text: str) -> list[Found]:
        """List the stations that match *text*, best first."""
        return [match.found or self._plain[match.number] for match in self._matches(text)]

    def suggestions(self, text: str) -> list[str]:
        """List ids and names that were probably meant by a *text* that nothing matches."""
        words = [word for word in words_asked(text) if len(word) > _SHORT]
        words = _longest_first(words)[:_ALONE]
        if len(words) > 1:
            meant = [found[0] for word in words if (found := self._matches(word))]
        else:
            meant = _best(self._own_misspelt(words, more=1))
        names = (self._name_of(match) for match in meant[:SUGGESTIONS])
        return list(dict.fromkeys(filter(None, [*self._similar_ids(text), *names])))[:SUGGESTIONS]

    def ids_like(self, station_id: str) -> list[str]:
        """List ids that were probably meant by an unknown *station_id*, the likeliest first."""
        found = (match.id for match in self._matches(station_id)[:SUGGESTIONS])
        return list(dict.fromkeys([*self._similar_ids(station_id), *found]))[:SUGGESTIONS]

    def _add_codes(self, number: int, station: Station) -> None:
        """Add the codes under which a station is known: its id, and those of its airport."""
        self._codes[station.id.lower()].append(number)
        airport = self._places.airport(station.id)
        if airport and self._grid.distance(number, *airport.position) <= _SAME_KM:
            self._sizes[number] = airport.size
            for code in airport.codes:
                if code != station.id:
                    self._codes[code.lower()].append(number)

    def _similar_ids(self, text: str) -> list[str]:
        """List ids with one typing error less than *text*, and those that begin with it."""
        lower = text.strip().lower()
        if not lower or len(lower) > _LONGEST_ID:
            return []
        near = (self._codes.get(each, ()) for each in one_edit_away(lower, _ID_LETTERS))
        starting = (number for number, _ in self._names.starting_with(lower))
        numbers = dict.fromkeys(chain(chain.from_iterable(near), starting))
        return [self._ids[number] for number in numbers][:SUGGESTIONS]

    def _matches(self, text: str) -> list[Match]:
        words = words_asked(text)
        shorter = [word for word in words if word not in _OMITTED]
        asked = [words, shorter] if 0 < len(shorter) < len(words) else [words]
        for search in (self._as_written, self._misspelt):
            for each in asked:
                if found := _best(search(each, folded(text).strip())):
                    return found
        return []

    def _as_written(self, words: Sequence[str], text: str) -> Iterator[Match]:
        """Go through the stations that match without a typing error; *text* is not split yet."""
        if words:
            yield from (self._own(Kind.CODE, number) for number in self._codes.get(text, ()))
            for beginning in {text, " ".join(words)}:
                for number, kind in self._names.starting_with(beginning):
                    yield self._own(kind, number)
            yield from self._in_towns(words)
            for code in self._places.countries_named(" ".join(words)):
                yield from (self._own(Kind.COUNTRY, n) for n in self._names.in_country(code))
            for number, kind in _in_all(self._names.kinds, words, max).items():
                yield self._own(kind, number)
            for number in self._names.squeezed(words):
                yield self._own(Kind.PARTS, number)

    def _in_towns(self, words: Sequence[str]) -> Iterator[Match]:
        for town in self._places.towns_named(words):
            # A district must not hide an airport that has the name, too: Kennedy is one of Bogotá.
            if town.is_district:
                yield from self._near(town, Kind.BEGINNINGS)
            else:
                yield from self._near(town, Kind.TOWN, town.number)
        for town in self._places.towns_starting_with(" ".join(words)):
            yield from self._near(town, Kind.BEGINNINGS)

    def _misspelt(self, words: Sequence[str], _text: str) -> Iterator[Match]:
        """Go through the stations that match with typing errors, and those near such towns."""
        yield from self._own_misspelt(words)
        for town, errors in self._places.towns_like(" ".join(words)):
            yield from self._near(town, Kind.MISSPELT, errors)

    def _own_misspelt(self, words: Sequence[str], more: int = 0) -> Iterator[Match]:
        for number, count in _in_all(partial(self._names.errors, more=more), words, add).items():
            yield self._own(Kind.MISSPELT, number, count)

    def _name_of(self, match: Match) -> str:
        """Return what to search for, to find a match again."""
        station = self._entries[match.number].station
        return (match.found and match.found.place) or station.name

    def _own(self, kind: Kind, number: int, order: int = 0) -> Match:
        return Match(kind, order, -self._sizes[number], self._ids[number], number)

    def _near(self, town: Town, kind: Kind, order: int = 0) -> Iterator[Match]:
        for number, km in self._grid.within(*town.position, NEAR_KM):
            away = km - self._sizes[number]
            found = Found(self._entries[number], km, town.label)
            yield Match(kind, order, away, self._ids[number], number, found)


def _best(matches: Iterable[Match]) -> list[Match]:
    """Sort matches, with only the best of each station."""
    best: dict[int, Match] = {}
    for match in matches:
        known = best.get(match.number)
        if known is None or match[:4] < known[:4]:
            best[match.number] = match
    return sorted(best.values())  # The ids differ, so nothing after them is compared.


def _longest_first(words: Iterable[str]) -> list[str]:
    # The longest matches the fewest stations.
    return sorted(set(words), key=lambda word: (-len(word), word))


def _in_all(
    stations_of: Callable[[str], dict[int, V]],
    words: Sequence[str],
    combine: Callable[[V, V], V],
) -> dict[int, V]:
    """Return the stations that all words match, and their values combined."""
    common: dict[int, V] | None = None
    for word in _longest_first(words) if len(words) <= _MOST_WORDS else ():
        values = stations_of(word)
        if common is None:
            common = values
        else:
            common = {n: combine(v, values[n]) for n, v in common.items() if n in values}
        if not common:
            break
    return common or {}
