"""Words as search compares them: without case, accents and punctuation, and with typing errors."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")

#: Letters that Unicode does not take apart into a plain one and an accent.
_PLAIN = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)

#: Words of this many letters may have one typing error; longer ones of `_LONG` letters two.
_SHORT = 4
_LONG = 8


def folded(text: str) -> str:
    """Write *text* without case and accents, for comparison.

    >>> folded("Zürich-Flughafen, Łódź")
    'zurich-flughafen, lodz'
    """
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_PLAIN)


def words_of(text: str) -> list[str]:
    """Split *text* into folded words, which have letters and digits only.

    >>> words_of("Saint-Denis  (Réunion)")
    ['saint', 'denis', 'reunion']
    """
    return _WORD.findall(folded(text))


def phrase(text: str) -> str:
    """Write the words of *text* with single spaces between them."""
    return " ".join(words_of(text))


def tolerance(word: str) -> int:
    """Return how many typing errors a word may have: 0, 1 from 4 letters, 2 from 8 letters."""
    return (len(word) >= _SHORT) + (len(word) >= _LONG)


def edits(first: str, second: str) -> int:
    """Count the typing errors that make one word of another.

    A letter too many, too few or wrong is one, and so are two letters in the wrong order.

    >>> edits("munich", "munihc"), edits("vienna", "viena"), edits("a", "")
    (1, 1, 1)
    """
    before: list[int] = []
    last = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        this = [row]
        for column, other in enumerate(second, 1):
            cost = min(last[column] + 1, this[-1] + 1, last[column - 1] + (letter != other))
            if row > 1 < column and letter == second[column - 2] and other == first[row - 2]:
                cost = min(cost, before[column - 2] + 1)
            this.append(cost)
        before, last = last, this
    return last[-1]
