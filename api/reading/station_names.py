"""The words of stations: which stations have a word, its beginning, a part of it, or nearly it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import chain, takewhile
from operator import itemgetter
from typing import TypeVar

from api.reading.vocabulary import Vocabulary
from api.reading.words import folded, tolerance, words_of
from forecasts.station import Station

V = TypeVar("V")

#: Short forms, and what they stand for.
_SHORT_FORMS = {"intl": "international", "intnl": "international"}

#: A part of a name without its spaces is found from this many letters on.
_SQUEEZED = 4

#: If more errors than usual are allowed, then only in words of this many letters.
_LONG = 6


class Kind(IntEnum):
    """How a station matches a text; the best first."""

    CODE = 0
    NAME = 1
    COUNTRY = 2
    TOWN = 3
    BEGINNING = 4
    WORDS = 5
    BEGINNINGS = 6
    PARTS = 7
    MISSPELT = 8


class StationNames:
    """Finds stations, which are numbers here, by the words of their ids, names and countries.

    Args:
        stations: The stations.
        countries: Returns the codes of the countries that a folded word may mean.
    """

    def __init__(
        self, stations: Sequence[Station], countries: Callable[[str], Iterable[str]]
    ) -> None:
        self._countries = countries
        self._with_word: dict[str, list[int]] = defaultdict(list)
        self._in_country: dict[str, list[int]] = defaultdict(list)
        self._squeezed: list[str] = []
        texts = []
        for number, station in enumerate(stations):
            words = words_asked(station.name)
            texts += [(" ".join(words), number), (folded(station.id), number)]
            self._squeezed.append("".join(words))
            self._in_country[station.country].append(number)
            for word in {*words, *words_of(station.id)}:
                self._with_word[word].append(number)
        self._texts = sorted(texts)
        self._words = Vocabulary(sorted(self._with_word))

    def starting_with(self, text: str) -> Iterator[tuple[int, Kind]]:
        """Go through the stations whose id or name is, or begins with, a folded text."""
        rest = self._texts[bisect_left(self._texts, (text, -1)) :]
        for written, number in takewhile(lambda each: each[0].startswith(text), rest):
            yield number, Kind.NAME if written == text else Kind.BEGINNING

    def in_country(self, code: str) -> Sequence[int]:
        """Return the stations of a country."""
        return self._in_country.get(code, ())

    def kinds(self, word: str) -> dict[int, Kind]:
        """Return the stations that a folded word matches, each with how it does."""
        # A single letter occurs in nearly every name.
        parts = self._words.containing(word) if len(word) > 1 else ()
        kinds = self._having(parts, Kind.PARTS)
        starting = self._words.starting_with(word)
        kinds |= self._having((self._words.words[n] for n in starting), Kind.BEGINNINGS)
        for code in self._countries(word):
            kinds |= dict.fromkeys(self._in_country.get(code, ()), Kind.BEGINNINGS)
        return kinds | self._having([word], Kind.WORDS)

    def errors(self, word: str, more: int) -> dict[int, int]:
        """Return the stations that a folded word matches, each with the number of typing errors.

        Args:
            word: The word.
            more: How many errors more than usual a longer word may have.
        """
        most = tolerance(word) + (more if len(word) >= _LONG else 0)
        similar = sorted(self._words.similar(word, most).items(), key=itemgetter(1), reverse=True)
        errors: dict[int, int] = {}
        for written, count in similar:
            errors |= self._having([written], count)
        return errors | dict.fromkeys(self.kinds(word), 0)

    def squeezed(self, words: Iterable[str]) -> Iterator[int]:
        """Go through the stations in whose name the words occur without the spaces."""
        text = "".join(words)
        if len(text) >= _SQUEEZED:
            yield from (number for number, name in enumerate(self._squeezed) if text in name)

    def _having(self, words: Iterable[str], value: V) -> dict[int, V]:
        return dict.fromkeys(chain.from_iterable(self._with_word.get(w, ()) for w in words), value)


def words_asked(text: str) -> list[str]:
    """Split *text* into folded words; short forms are written out.

    >>> words_asked("John F Kennedy Intl")
    ['john', 'f', 'kennedy', 'international']
    """
    return [_SHORT_FORMS.get(word, word) for word in words_of(text)]
