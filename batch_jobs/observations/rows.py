"""Rows: readings as they stand in files, in columns, before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

#: Stand for a time that cannot be used; every real one is greater.
BAD_TIME = -1
NO_TIME_ZONE = -2


class Coded(NamedTuple):
    """A column of text that repeats itself: row i holds `texts[codes[i]]`."""

    texts: list[str]
    codes: NDArray[np.uint32]

    def at(self, row: int) -> str:
        """Return the text of a row, cut to what fits a message."""
        return self.texts[int(self.codes[row])][:60]

    def take(self, rows: NDArray[np.int64]) -> Coded:
        """Return some rows."""
        return self._replace(codes=self.codes[rows])


def coded(column: pl.Series) -> Coded:
    """Code a column of strings; null becomes ""."""
    column = column.fill_null("")
    texts = column.unique().sort()
    codes = column.cast(pl.Enum(texts)).to_physical().cast(pl.UInt32)
    return Coded(texts.to_list(), codes.to_numpy())


@dataclass(frozen=True)
class Rows:
    """Rows as they stand in files. All columns have the same length.

    Attributes:
        station: Station ids.
        parameter: Parameter codes.
        unit: Units; None where values are in the catalogue's.
        time: Times, for messages only; None where a time cannot be bad except by being absent.
        seconds: Times in seconds since 1970 UTC, rounded up; `BAD_TIME`, `NO_TIME_ZONE`.
        value: In *unit*; NaN where there is none.
        where: Says "file:line" of a row.
    """

    station: Coded
    parameter: Coded
    unit: Coded | None
    time: Coded | None
    seconds: NDArray[np.int64]
    value: NDArray[np.float64]
    where: Callable[[int], str]

    def take(self, rows: NDArray[np.int64]) -> Rows:
        """Return some rows."""
        return replace(
            self,
            station=self.station.take(rows),
            parameter=self.parameter.take(rows),
            unit=self.unit and self.unit.take(rows),
            time=self.time and self.time.take(rows),
            seconds=self.seconds[rows],
            value=self.value[rows],
            where=lambda row: self.where(int(rows[row])),
        )
