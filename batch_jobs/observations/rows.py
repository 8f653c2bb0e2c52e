"""Rows: the readings of files, in columns, before any check."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Values for a time that cannot be used; valid times are not negative.
BAD_TIME = -1
NO_TIME_ZONE = -2


class Coded(NamedTuple):
    """A column of repetitive text: row i holds `texts[codes[i]]`."""

    texts: list[str]
    codes: NDArray[np.uint32]

    def at(self, row: int) -> str:
        """Return the text of a row, shortened for a message."""
        return self.texts[int(self.codes[row])][:60]

    def renamed(self, new_name: Callable[[str], str]) -> "Coded":
        """Return the column with other texts."""
        return self._replace(texts=[new_name(text) for text in self.texts])

    def take(self, rows: NDArray[np.int64]) -> "Coded":
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
    """Unchecked rows of files. All columns have the same length.

    Attributes:
        station: Station ids.
        parameter: Parameter codes.
        unit: Units; None if values are in the catalogue's units.
        time: Times as text, for messages; None if the only possible fault is a missing time.
        seconds: Times in seconds since 1970 UTC, rounded up; or `BAD_TIME`, `NO_TIME_ZONE`.
        value: Values in *unit*; NaN for a missing value.
        where: Returns "file:line" for a row.
        sensor: Ids of sensors; None if the format has none.
        source: Where the files come from; see `names.source_of`.
    """

    station: Coded
    parameter: Coded
    unit: Coded | None
    time: Coded | None
    seconds: NDArray[np.int64]
    value: NDArray[np.float64]
    where: Callable[[int], str]
    source: str
    sensor: Coded | None = None

    def take(self, rows: NDArray[np.int64]) -> "Rows":
        """Return some rows."""
        return replace(
            self,
            station=self.station.take(rows),
            parameter=self.parameter.take(rows),
            unit=self.unit and self.unit.take(rows),
            sensor=self.sensor and self.sensor.take(rows),
            time=self.time and self.time.take(rows),
            seconds=self.seconds[rows],
            value=self.value[rows],
            where=lambda row: self.where(int(rows[row])),
        )
