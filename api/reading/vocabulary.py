"""A sorted list of words or names: found by their beginning, their middle, or despite typos."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from string import ascii_lowercase, digits

from api.reading.words import edits

_ALPHABET = ascii_lowercase + digits + " "

#: The beginning of a word may be misspelled, too, if it has this many letters.
_LONG_BEGINNING = 6

#: What is longer is no misspelling of anything.
_LONGEST = 25


class Vocabulary:
    """Finds words.

    Args:
        words: Folded words or names, sorted and each once.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self._text = "\n".join(("", *words, ""))

    def position(self, word: str) -> int | None:
        """Return where *word* is in the list; None if it is not there."""
        place = bisect_left(self.words, word)
        return place if place < len(self.words) and self.words[place] == word else None

    def starting_with(self, beginning: str) -> range:
        """Return the positions of all words that begin with *beginning*."""
        start = bisect_left(self.words, beginning)
        return range(start, bisect_left(self.words, beginning + "\U0010ffff", start))

    def containing(self, part: str) -> set[str]:
        """Return the words in which *part* occurs."""
        return {self._word_at(found.start()) for found in re.finditer(re.escape(part), self._text)}

    def similar(self, word: str, most: int) -> dict[str, int]:
        """Find the words that *word* may be a misspelling of.

        Args:
            word: A folded word.
            most: How many typing errors it may have.

        Returns:
            The words, each with its number of errors. The beginning of a longer word counts as one
            error more.
        """
        if most < 1 or len(word) > _LONGEST:
            return {}
        found = {} if most == 1 else self._despite(word, most)
        for written in one_edit_away(word, _ALPHABET):
            for longer in self._from(written):
                if longer == written:
                    found[longer] = 1
                elif len(word) >= _LONG_BEGINNING:
                    found.setdefault(longer, 2)
                else:
                    break
        return found

    def _from(self, beginning: str) -> Iterator[str]:
        """Go through the words that begin with *beginning*; it costs little if there is none."""
        words = self.words
        place = bisect_left(words, beginning)
        while place < len(words) and words[place].startswith(beginning):
            yield words[place]
            place += 1

    def _despite(self, word: str, most: int) -> dict[str, int]:
        """Find words with several errors: of more pieces than errors, one is intact."""
        length = len(word)
        cuts = [number * length // (most + 1) for number in range(most + 2)]
        pieces = [word[start:end] for start, end in pairwise(cuts)]
        pieces[0], pieces[-1] = f"\n{pieces[0]}", f"{pieces[-1]}\n"
        letters = set(word)
        found = {}
        for candidate in self._with_one_of(pieces, length - most, length + most):
            # Each error changes one letter at most. This is quicker than counting errors.
            if len(letters.difference(candidate)) <= most and (n := edits(word, candidate)) <= most:
                found[candidate] = n
        return found

    def _with_one_of(self, pieces: Sequence[str], shortest: int, longest: int) -> set[str]:
        found = set()
        text = self._text
        for piece in pieces:
            for match in re.finditer(re.escape(piece), text):
                start = text.rfind("\n", 0, match.start() + 1) + 1
                end = text.find("\n", start)
                if shortest <= end - start <= longest:
                    found.add(text[start:end])
        return found

    def _word_at(self, place: int) -> str:
        start = self._text.rfind("\n", 0, place + 1) + 1
        return self._text[start : self._text.find("\n", start)]


def one_edit_away(text: str, alphabet: str) -> Iterator[str]:
    """Go through *text* itself and everything that one typing error makes of it."""
    yield text
    for cut in range(len(text) + 1):
        head, tail = text[:cut], text[cut:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in alphabet:
            yield head + letter + tail[1:]
            yield head + letter + tail
