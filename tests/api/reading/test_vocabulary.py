"""Words that are found by their beginning, their middle, or despite typing errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reading.vocabulary import Vocabulary
from api.reading.words import edits

WORDS = ["amsterdam", "berlin", "bern", "berlingen", "frankfurt", "new york", "rotterdam", "zz"]

short = st.text("abc", min_size=1, max_size=5)


def vocabulary_of(words):
    """Return the vocabulary of *words*."""
    return Vocabulary(sorted(set(words)))


@given(st.lists(short), short)
def test_lookups_are_those_of_a_list(words, text):
    """Words are found by position, beginning and content as in a plain list."""
    vocabulary = vocabulary_of(words)
    known = vocabulary.words

    assert vocabulary.position(text) == (known.index(text) if text in known else None)
    assert [known[n] for n in vocabulary.starting_with(text)] == [
        word for word in known if word.startswith(text)
    ]
    assert vocabulary.containing(text) == {word for word in known if text in word}


@given(st.lists(short), short)
def test_one_error(words, text):
    """All words with one error, and no others, are found."""
    vocabulary = vocabulary_of(words)
    expected = {word for word in vocabulary.words if edits(text, word) <= 1}

    assert set(vocabulary.similar(text, 1)) == expected


@given(
    st.lists(st.text("ab", min_size=6, max_size=11)),
    st.text("ab", min_size=8, max_size=9),
    st.integers(0, 8),
    st.integers(0, 8),
)
def test_two_wrong_letters(words, text, first, second):
    """A word with two wrong letters is found, and only words with two errors or less are."""
    letters = list(text)
    for place in (first, second):
        letters[place % len(letters)] = "x"
    written = "".join(letters)
    found = vocabulary_of([text, *words]).similar(written, 2)
    most = {word: edits(written, word) for word in words}

    assert found[text] == edits(written, text)
    assert all(found[word] == most[word] for word in set(found) & set(most) if most[word] <= 2)


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("brlin", 1, {"berlin": 1}),
        ("nwe york", 2, {"new york": 1}),
        ("amstrdm", 2, {"amsterdam": 2}),
        ("frankfrud", 2, {"frankfurt": 2}),
        ("brlen", 1, {}),
        ("brelin", 1, {"berlin": 1, "berlingen": 2}),
        ("berlin", 0, {}),
        ("z" * 26, 2, {}),
        ("aaaaaaaa", 2, {}),
    ],
)
def test_similar_words(text, most, expected):
    """Misspelt words are found with the number of their errors, beginnings with one more."""
    assert vocabulary_of(WORDS).similar(text, most) == expected
