"""Numbers as people write them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.feeds.plain_csv.numbers import decimal_mark, numbers_of


def read(*texts, separator=";"):
    """Return the decimal mark, the numbers, and which texts are no number."""
    column = pl.Series(texts, dtype=pl.String)
    mark = decimal_mark([column], separator)
    numbers, bad = numbers_of(column, mark)
    return (
        mark,
        numbers.to_list(),
        [text for text, is_bad in zip(texts, bad, strict=True) if is_bad],
    )


@pytest.mark.parametrize(
    ("texts", "separator", "expected"),
    [
        (("1.5", "-2", "+3", "1e3", ".5", None), ",", (".", [1.5, -2, 3, 1000, 0.5, None], [])),
        (("1,5", " 2 ", "-3,25"), ";", (",", [1.5, 2, -3.25], [])),
        (("n/a", "-", "NaN", " ", "null"), ";", (".", [None] * 5, [])),
        (("abc", "inf", "1 2"), ";", (".", [None] * 3, ["abc", "inf", "1 2"])),
        (("1,013", "2"), ";", (",", [1.013, 2], [])),
        (("1,013", "2"), ",", (".", [1013, 2], [])),
        (("1.013,2", "1.013"), ";", (",", [1013.2, 1013], [])),
        (("1,013.2", "1,013"), ";", (".", [1013.2, 1013], [])),
        (("1.5", "1,013"), ";", (".", [1.5, 1013], [])),
        (("12.5", "12,5"), ";", (",", [None, 12.5], ["12.5"])),
    ],
)
def test_numbers(texts, separator, expected):
    """All values of a file decide what a comma is."""
    assert read(*texts, separator=separator) == expected


@given(st.lists(st.decimals(-2000, 2000, places=2), min_size=1), st.sampled_from(".,"))
def test_round_trip(numbers, mark):
    """A number with a decimal point or comma is read back."""
    texts = [str(number).replace(".", mark) for number in numbers]

    assert read(*texts)[1:] == ([float(number) for number in numbers], [])
