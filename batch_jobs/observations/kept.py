"""Kept readings: those that passed every check of a row, in tables of a few columns."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.quantities import CODES

PARAMETER_SHIFT = 32
STATION_SHIFT = 40

#: Station numbers are smaller.
MOST_STATIONS = 1 << (63 - STATION_SHIFT)

_SECOND_MASK = (1 << PARAMETER_SHIFT) - 1
_PARAMETER_MASK = (1 << (STATION_SHIFT - PARAMETER_SHIFT)) - 1


class Kept(NamedTuple):
    """Readings that passed.

    Attributes:
        keys: Station number, quantity number (in `CODES`) and seconds since 1970, in one integer.
        values: In the catalogue's unit.
        source: Where they come from; see `names.source_of`.
        sensors: Sensor numbers; None if the format has none.
    """

    keys: NDArray[np.int64]
    values: NDArray[np.float32]
    source: str
    sensors: NDArray[np.int64] | None = None

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "Kept":
        """Return some readings."""
        sensors = None if self.sensors is None else self.sensors[rows]
        return Kept(self.keys[rows], self.values[rows], self.source, sensors)

    @property
    def stations(self) -> NDArray[np.int64]:
        """Station numbers."""
        return self.keys >> STATION_SHIFT

    @property
    def parameters(self) -> NDArray[np.int64]:
        """Quantity numbers."""
        return (self.keys >> PARAMETER_SHIFT) & _PARAMETER_MASK

    @property
    def cells(self) -> NDArray[np.int64]:
        """Station and quantity in one number, the quantities of a station next to each other."""
        return self.stations * len(CODES) + self.parameters

    @property
    def seconds(self) -> NDArray[np.int64]:
        """Seconds since 1970 UTC."""
        return self.keys & _SECOND_MASK


def keep_only(tables: list[Kept], passes: Callable[[Kept], NDArray[np.bool_]]) -> None:
    """Leave only the readings that pass in *tables*, and no empty table.

    In place, table by table, so that a large reading is not in memory twice.
    """
    for index, table in enumerate(tables):
        passed = passes(table)
        if not passed.all():
            tables[index] = table.take(passed)
    tables[:] = [table for table in tables if len(table.keys)]


def rows_of(tables: Iterable[Kept]) -> int:
    """Return the number of readings."""
    return sum(len(table.keys) for table in tables)
