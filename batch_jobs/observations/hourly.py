"""Hourly values: turns kept readings into a cube of stations, quantities and hours.

Most hours have one reading, which costs one assignment. If an hour has several, readings of the
same instant are duplicates, of which the last one read is used. Of the others the mean, the sum,
the maximum or the circular mean counts, as the quantity has it. Directions that cancel make none.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.errors import WindowError
from batch_jobs.observations.kept import Kept
from batch_jobs.observations.quantities import CODES, QUANTITIES
from batch_jobs.observations.window import Window
from model.circle import TURN, mean_of_sums, vectors

#: Cells of the largest cube, 8 GB; more means a wrong time in a file or a forgotten window.
MOST_CELLS = 2_000_000_000


class Axes(NamedTuple):
    """The axes of the cube.

    Attributes:
        station_rank: For each station number, the position on the first axis; -1 if it has none.
        parameter_rank: For each quantity number, the position on the second axis, or -1.
        window: The third axis.
    """

    station_rank: NDArray[np.int64]
    parameter_rank: NDArray[np.int64]
    window: Window

    @property
    def shape(self) -> tuple[int, int, int]:
        """Stations, quantities, hours."""
        stations, parameters = self.station_rank.max() + 1, self.parameter_rank.max() + 1
        return int(stations), int(parameters), self.window.hours

    @property
    def quantities(self) -> list[str]:
        """Codes of the quantities on the second axis."""
        ranked = sorted((rank, code) for code, rank in zip(CODES, self.parameter_rank, strict=True))
        return [code for rank, code in ranked if rank >= 0]


class Crowded(NamedTuple):
    """Readings that share their hour with others: cell of the cube, second, value."""

    cells: NDArray[np.int64]
    seconds: NDArray[np.int64]
    values: NDArray[np.float32]


#: New arrays, because slices would keep all readings in memory.
_NONE = Crowded(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))


def hourly_values(kept: Sequence[Kept], axes: Axes) -> tuple[NDArray[np.float32], int]:
    """Aggregate readings by hour.

    Args:
        kept: Readings inside the window, in the order in which they were read.
        axes: The axes of the cube; readings without a rank are left out.

    Returns:
        The cube [station, quantity, hour], hours oldest first, NaN for hours without a reading;
        and the number of duplicates.
    """
    values = np.full(axes.shape, np.nan, dtype=np.float32)
    counts = np.zeros(values.size, dtype=np.uint32)
    for table in kept:
        np.add.at(counts, _cells(table, axes)[0], np.uint32(1))
    crowded = [_fill(values.reshape(-1), counts, table, axes) for table in kept]
    return values, _aggregate(values.reshape(-1), crowded, axes)


def check_size(shape: tuple[int, int, int]) -> None:
    """Refuse a cube that is too large: stations, quantities, hours.

    Raises:
        WindowError: It would not fit in memory.
    """
    if np.prod(shape, dtype=np.float64) > MOST_CELLS:
        stations, parameters, hours = shape
        what = f"{stations} stations x {parameters} parameters x {hours} hours"
        raise WindowError(f"{what} do not fit in memory; request fewer hours")


def _cells(table: Kept, axes: Axes) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """Return the cells of the readings that have one, and which readings; None for all."""
    station = axes.station_rank[table.stations]
    parameter = axes.parameter_rank[table.parameters]
    hour = axes.window.hour_of(table.seconds)
    _, parameters, hours = axes.shape
    cells = (station * parameters + parameter) * hours + hour
    ranked = (station >= 0) & (parameter >= 0)
    return (cells, None) if ranked.all() else (cells[ranked], ranked)


def _fill(
    cube: NDArray[np.float32], counts: NDArray[np.uint32], table: Kept, axes: Axes
) -> Crowded:
    """Store readings that are alone in their hour, and return the others."""
    cells, ranked = _cells(table, axes)
    values = table.values if ranked is None else table.values[ranked]
    alone = counts[cells] == 1
    if alone.all():
        cube[cells] = values
        return _NONE
    cube[cells[alone]] = values[alone]
    seconds = table.seconds if ranked is None else table.seconds[ranked]
    return Crowded(cells[~alone], seconds[~alone], values[~alone])


def _aggregate(cube: NDArray[np.float32], tables: Iterable[Crowded], axes: Axes) -> int:
    """Aggregate the readings of each crowded hour; return the number of duplicates."""
    cells, seconds, values = (np.concatenate(column) for column in zip(*tables, strict=True))
    if not len(cells):
        return 0
    # lexsort is stable: among readings of one instant, the last one read stays last.
    order = np.lexsort((seconds, cells))
    cells, seconds, values = cells[order], seconds[order], values[order]
    last = np.append((cells[1:] != cells[:-1]) | (seconds[1:] != seconds[:-1]), True)
    cells, values = cells[last], values[last].astype(np.float64)
    first = np.flatnonzero(np.append(True, cells[1:] != cells[:-1]))
    sums = np.add.reduceat(values, first)
    means = sums / np.diff(np.append(first, len(cells)))
    kinds = np.array([QUANTITIES[code].aggregation for code in axes.quantities])
    kind = kinds[cells[first] // axes.window.hours % axes.shape[1]]
    largest = np.maximum.reduceat(values, first)
    hours = np.select([kind == "sum", kind == "maximum"], [sums, largest], means)
    is_circular = kind == "circular mean"
    if is_circular.any():
        hours = np.where(is_circular, _directions(values, first), hours)
    cube[cells[first]] = hours
    return len(last) - len(cells)


def _directions(values: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the circular mean of each stretch of values that begins at one of *first*."""
    east, north = (np.add.reduceat(each, first) for each in vectors(values))
    means = mean_of_sums(east, north, np.diff(np.append(first, len(values))))
    return means.astype(np.float32) % TURN  # in single precision, 359.99999 is 360
