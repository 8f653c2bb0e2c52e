"""Towns, countries and sizes of airports, for the search.

`scripts/places.py` makes the file, `places.txt`. Names and places of towns are GeoNames' (CC BY
4.0), sizes of airports are OurAirports'.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from api.reading.vocabulary import Vocabulary
from api.reading.words import phrase, tolerance, words_of

#: Made when the project is installed or built.
FILE = Path(__file__).with_name("places.txt")

#: How many towns of one name count, the largest first.
_TOWNS = 20

#: Towns are listed while their name is typed, from this many letters on.
_BEGINNING = 3

#: Codes of countries have two or three letters.
_LONGEST_CODE = 3


class Town(NamedTuple):
    """A town.

    Attributes:
        number: Its place in the order of people, from 0.
        name: Its name.
        label: Its name as people write it: Portland, Oregon, United States.
        region: The code of its country, or of a state: DE or US-OR.
        position: Latitude and longitude in degrees.
        is_district: Whether it is a part of a larger town.
    """

    number: int
    name: str
    label: str
    region: str
    position: tuple[float, float]
    is_district: bool


class Airport(NamedTuple):
    """An airport.

    Attributes:
        codes: Its IATA and ICAO codes, those that it has.
        position: Latitude and longitude in degrees.
        size: How many kilometres nearer to a town it counts, because it is large: 0 to 35.
    """

    codes: tuple[str, ...]
    position: tuple[float, float]
    size: int


class Places:
    """The index of places.

    Args:
        text: Content of `places.txt`.
    """

    def __init__(self, text: str) -> None:
        regions, airports, towns, names, numbers = (
            block.split("\n") for block in text.split("\n\n")
        )
        self._towns = towns
        self._names = Vocabulary(names)
        self._numbers = numbers
        self._regions = {code: name for code, name, *_ in map(_columns, regions)}
        self._region_names = _by_name(regions)
        self._country_words = sorted(_country_words(regions))
        self._airports = {
            code: line for line in airports for code in line.split("\t", 2)[:2] if code
        }

    def airport(self, code: str) -> Airport | None:
        """Return the airport of an IATA or ICAO code in upper case; None if there is none."""
        line = self._airports.get(code)
        if line is None:
            return None
        iata, icao, latitude, longitude, size = _columns(line)
        codes = tuple(filter(None, (iata, icao)))
        return Airport(codes, (float(latitude), float(longitude)), int(size))

    def countries(self, word: str) -> set[str]:
        """Return the codes of the countries that have a folded *word*, or its beginning, in a name.

        Two letters are a code.
        """
        if len(word) < _BEGINNING:
            return {word.upper()}
        start = bisect_left(self._country_words, (word, ""))
        end = bisect_left(self._country_words, (word + "\U0010ffff", ""), start)
        return {code for _, code in self._country_words[start:end]}

    def countries_named(self, text: str) -> list[str]:
        """Return the codes of the countries whose whole name, not code, is a folded *text*."""
        codes = self._region_names.get(text, ()) if len(text) > _LONGEST_CODE else ()
        return [code for code in codes if "-" not in code]

    def towns_named(self, words: Sequence[str]) -> list[Town]:
        """List the towns of a name, largest first; a country or state may follow the name.

        Args:
            words: Folded words, such as those of "New York" or "Paris, France".
        """
        towns = self._named(" ".join(words))
        for cut in range(1, len(words)):
            codes = self._region_names.get(" ".join(words[cut:]), ())
            head = self._named(" ".join(words[:cut])) if codes else ()
            towns += [town for town in head if not {town.region, town.region[:2]}.isdisjoint(codes)]
        return towns[:_TOWNS]

    def towns_starting_with(self, beginning: str) -> list[Town]:
        """List the largest towns whose name begins with a folded text of three letters or more."""
        if len(beginning) < _BEGINNING:
            return []
        lines = self._names.starting_with(beginning)
        first = sorted({int(self._numbers[line].partition(" ")[0]) for line in lines})
        return [self._town(number) for number in first[:_TOWNS]]

    def towns_like(self, text: str) -> Iterator[tuple[Town, int]]:
        """Go through the towns that a folded text is a misspelling of, with the number of errors.

        Districts are left out.
        """
        for name, count in self._names.similar(text, tolerance(text)).items():
            for town in self._named(name)[:_TOWNS]:
                if not town.is_district:
                    yield town, count

    def _named(self, name: str) -> list[Town]:
        line = self._names.position(name)
        numbers = () if line is None else map(int, self._numbers[line].split())
        return [self._town(number) for number in numbers]

    def _town(self, number: int) -> Town:
        name, region, latitude, longitude, district = _columns(self._towns[number])
        position = float(latitude), float(longitude)
        regions = (self._regions[code] for code in dict.fromkeys((region, region[:2])))
        label = ", ".join((name, *regions))
        return Town(number, name, label, region, position, bool(district))


@lru_cache(maxsize=1)
def load_places(file: Path = FILE) -> Places:
    """Read the index, once for a process: no request but a search needs it.

    Raises:
        FileNotFoundError: It was not made; says what makes it.
    """
    try:
        return Places(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        text = f"{file} was not made; run `uv sync --reinstall-package stationcast`"
        raise FileNotFoundError(text) from error


def _columns(line: str) -> list[str]:
    return line.split("\t")


def _by_name(regions: Sequence[str]) -> dict[str, list[str]]:
    names = defaultdict(list)
    countries = {code: name for code, name, *_ in map(_columns, regions)}
    for code, *written in map(_columns, regions):
        country, _, state = code.partition("-")
        full = [f"{written[0]} {countries[country]}"] if state else []
        for name in {phrase(state or country), *map(phrase, [*written, *full])}:
            names[name].append(code)
    return names


def _country_words(regions: Sequence[str]) -> Iterator[tuple[str, str]]:
    for code, *names in map(_columns, regions):
        if "-" not in code:
            yield from ((word, code) for name in names for word in words_of(name))
