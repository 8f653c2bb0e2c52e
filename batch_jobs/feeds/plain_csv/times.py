"""Times as people write them.

A text is taken apart by a regular expression. Which number of `11/12/2026` is the day is decided by
all times of an import together.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Stands for what is no time, and for an offset that is not given.
NO_TIME = np.iinfo(np.int64).min

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_FORM = (
    r"^(?<a>\d{1,4})(?<mark>[-./ ])(?<b>\d{1,2}|[a-z]{3})[-./ ](?<c>\d{1,4})"
    r"[t ,]+(?<hour>\d{1,2})(?::?(?<minute>\d{2}))?(?::?(?<second>\d{2}(?:[.,]\d+)?))?"
    r"\s*(?:(?<half>[ap])\.?m\.?)?\s*(?<offset>z|utc|gmt|[-+]\d{2}(?::?\d{2})?)?$"
)
#: `20261128T0700` and `2026112807`.
_COMPACT = r"^(\d{4})(\d{2})(\d{2})[t ]?(\d{2})"
_DAY_ONLY = r"^\d{1,4}[-./ ]?(?:\d{1,2}|[a-z]{3})[-./ ]?\d{1,4}$"
_UNIX = r"^\d{9,10}(?:\.\d+)?$|^\d{12,13}$"
_MILLISECONDS = 1e11
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

YEAR_FIRST, DAY_FIRST, FREE = 0, 1, 2


class Times(NamedTuple):
    """Texts taken apart, before it is known which number is the day.

    Attributes:
        texts: The texts.
        numbers: [text, 3]: the numbers of the date, in the order of the text.
        order: `YEAR_FIRST`, `DAY_FIRST`, or `FREE` if day and month may be in any order.
        clock: Microseconds since midnight; `NO_TIME` if the text is no date and time.
        offset: Microseconds ahead of UTC; `NO_TIME` if the text does not say.
        unix: Microseconds since 1970 UTC of a text that is a count of (milli)seconds; else
            `NO_TIME`.
    """

    texts: list[str]
    numbers: NDArray[np.int64]
    order: NDArray[np.int64]
    clock: NDArray[np.int64]
    offset: NDArray[np.int64]
    unix: NDArray[np.int64]

    def shown(self, *, day_first: bool) -> str:
        """Return a text that shows by a number above 12 that the day comes first, or second.

        "" if there is none.
        """
        day, month = self.numbers[:, 0], self.numbers[:, 1]
        if not day_first:
            day, month = month, day
        return self._first(self._free & (day > len(_MONTHS)) & (month <= len(_MONTHS)))

    def free(self) -> str:
        """Return a text whose day and month may be in any order; "" if there is none."""
        return self._first(self._free)

    def without_zone(self) -> str:
        """Return a time that does not say how far it is ahead of UTC; "" if there is none."""
        return self._first((self.clock != NO_TIME) & (self.offset == NO_TIME))

    @property
    def _free(self) -> NDArray[np.bool_]:
        free: NDArray[np.bool_] = (self.order == FREE) & (self.clock != NO_TIME)
        return free

    def _first(self, mask: NDArray[np.bool_]) -> str:
        return self.texts[int(mask.argmax())] if mask.any() else ""

    def local(self, *, day_first: bool) -> NDArray[np.int64]:
        """Return microseconds since 1970 by the clock of the texts; `NO_TIME` for no time."""
        one, two, three = self.numbers.T
        year_first = self.order == YEAR_FIRST
        month_first = (self.order == FREE) & (not day_first)
        year = np.where(year_first, one, three)
        year = np.where(year < 100, year + 2000, year)  # noqa: PLR2004 -- two digits
        month = np.where(month_first, one, two)
        day = np.where(year_first, three, np.where(month_first, two, one))
        months = (year - 1970) * 12 + month - 1
        days = months.astype("M8[M]").astype("M8[D]") + (day - 1)
        good = (months == days.astype("M8[M]").astype(np.int64)) & (month >= 1) & (month <= 12)  # noqa: PLR2004 -- months
        good &= (self.clock != NO_TIME) & (year >= 1900)  # noqa: PLR2004 -- else digits of something else
        return np.where(good, days.astype(np.int64) * DAY + self.clock, NO_TIME)


def taken_apart(texts: list[str]) -> Times:
    """Take texts apart."""
    plain = pl.Series(texts, dtype=pl.String).str.strip_chars().str.to_lowercase()
    parts = _matched(plain)
    left = parts["a"].is_null()
    if left.any():
        again = _matched(plain.str.replace(_COMPACT, "$1-$2-$3 $4"))
        parts = pl.DataFrame([both.zip_with(~left, again[both.name]) for both in parts])
    names = {name: str(number) for number, name in enumerate(_MONTHS, 1)}
    dates = parts.select("a", pl.col("b").replace(names), "c")
    numbers = dates.select(pl.all().cast(pl.Int64, strict=False).fill_null(0)).to_numpy()
    is_year = pl.col("a").str.len_chars() > 2  # noqa: PLR2004 -- digits
    is_day = (pl.col("mark") == ".") | pl.col("b").is_in(_MONTHS)
    order = pl.when(is_year).then(YEAR_FIRST).when(is_day).then(DAY_FIRST).otherwise(FREE)
    return Times(
        texts, numbers, _filled(parts, order), _clocks(parts), _offsets(parts), _unix(plain)
    )


def are_days(texts: list[str]) -> bool:
    """Tell whether all texts are days without a time of day."""
    plain = pl.Series(texts, dtype=pl.String).str.strip_chars().str.to_lowercase()
    return bool(plain.str.contains(_DAY_ONLY).all()) and not plain.str.contains(_UNIX).any()


def _matched(texts: pl.Series) -> pl.DataFrame:
    return texts.str.extract_groups(_FORM).struct.unnest()


def _clocks(parts: pl.DataFrame) -> NDArray[np.int64]:
    hour = pl.col("hour").cast(pl.Int64)
    minute = pl.col("minute").cast(pl.Int64).fill_null(0)
    seconds = pl.col("second").str.replace(",", ".", literal=True).cast(pl.Float64).fill_null(0)
    half = pl.when(half="a").then(hour % 12).when(half="p").then(hour % 12 + 12).otherwise(hour)
    clock = half * HOUR + minute * MINUTE + (seconds * SECOND).round().cast(pl.Int64)
    good = (minute < 60) & (seconds < 60) & (clock <= DAY)  # noqa: PLR2004 -- a minute
    good &= pl.col("half").is_null() | hour.is_between(1, 12)
    return _filled(parts, pl.when(good).then(clock))


def _offsets(parts: pl.DataFrame) -> NDArray[np.int64]:
    text = pl.col("offset")
    hours = text.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = text.str.slice(3).str.strip_chars(":").cast(pl.Int64, strict=False).fill_null(0)
    size = hours * HOUR + minutes * MINUTE
    ahead = pl.when(text.str.starts_with("-")).then(-size).otherwise(size)
    return _filled(parts, pl.when(text.is_in(["z", "utc", "gmt"])).then(0).otherwise(ahead))


def _unix(texts: pl.Series) -> NDArray[np.int64]:
    counts = texts.to_frame("n").select(
        pl.when(pl.col("n").str.contains(_UNIX)).then(pl.col("n")).cast(pl.Float64)
    )
    number = pl.col("n")
    scale = pl.when(number > _MILLISECONDS).then(SECOND // 1000).otherwise(SECOND)
    return _filled(counts, (number * scale).round().cast(pl.Int64))


def _filled(frame: pl.DataFrame, column: pl.Expr) -> NDArray[np.int64]:
    return frame.select(column.cast(pl.Int64).fill_null(NO_TIME)).to_series().to_numpy()
