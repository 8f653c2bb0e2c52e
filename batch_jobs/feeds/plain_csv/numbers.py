"""Numbers as people write them: decimal commas, thousands, and words for a missing value."""

import re

import polars as pl

#: What stands for a missing value.
_MISSING = ("", "-", "--", "---", "na", "n/a", "#n/a", "nan", "null", "none", "missing", "nodata")

#: A number whose only mark cannot be that of thousands, and one with thousands.
_DECIMAL = r"^[-+]?\d*{mark}(\d{{1,2}}|\d{{4,}})$"
_GROUPED = r"^[-+]?\d{{1,3}}({thousands}\d{{3}})+({mark}\d*)?$"


def decimal_mark(columns: list[pl.Series], separator: str) -> str:
    """Return the decimal mark of a file, "." or ",".

    Args:
        columns: Its columns of values, as text.
        separator: What stands between its fields. Numbers such as `1,013` have a decimal comma,
            unless the separator is a comma, too.
    """
    texts = pl.concat(columns).str.strip_chars()
    marked = texts.filter(texts.str.contains(",", literal=True))
    if marked.is_empty():
        return "."
    both = marked.filter(marked.str.contains(".", literal=True))
    if marked.str.contains(_DECIMAL.format(mark=",")).any() or both.str.contains(r"\..*,").any():
        return ","
    if texts.str.contains(_DECIMAL.format(mark=r"\.")).any() or not both.is_empty():
        return "."
    return "." if separator == "," else ","


def numbers_of(texts: pl.Series, mark: str) -> tuple[pl.Series, pl.Series]:
    """Read a column of numbers.

    Args:
        texts: Text, null if empty.
        mark: The decimal mark.

    Returns:
        The numbers, null for what is missing or no number; and which texts are neither a number
        nor stand for a missing value.
    """
    numbers = _plain(texts, mark).cast(pl.Float64, strict=False)
    left = numbers.is_null() & texts.is_not_null()
    if left.any():
        rest = texts.filter(left).str.strip_chars()
        read = _grouped(rest, mark).cast(pl.Float64, strict=False)
        bad = read.is_null() & ~rest.str.to_lowercase().is_in(_MISSING)
        rows = left.arg_true()
        numbers, left = numbers.scatter(rows, read), left.scatter(rows, bad)
    infinite = numbers.is_infinite().fill_null(value=False)
    finite = numbers.fill_nan(None).set(infinite, None)
    return finite, left | infinite


def _plain(texts: pl.Series, mark: str) -> pl.Series:
    """Return numbers without thousands with a decimal point; what has a wrong mark is no number."""
    if mark == ".":
        return texts
    return texts.str.replace(".", "x", literal=True).str.replace(",", ".", literal=True)


def _grouped(texts: pl.Series, mark: str) -> pl.Series:
    """Return numbers that may have thousands with a decimal point and without groups."""
    thousands = "," if mark == "." else "."
    form = _GROUPED.format(mark=re.escape(mark), thousands=re.escape(thousands))
    grouped = texts.str.contains(form)
    without = texts.str.replace_all(thousands, "", literal=True).str.replace(
        mark, ".", literal=True
    )
    return without.zip_with(grouped, _plain(texts, mark))
