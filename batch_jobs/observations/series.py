"""Series: how many readings each source has of a station and quantity, and from when to when.

Most of what decides whether a reading is used depends on these three alone. It is decided by these
few numbers, as all readings may not fit in memory.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.kept import Kept
from batch_jobs.observations.quantities import CODES
from batch_jobs.observations.shards import Shard
from batch_jobs.observations.window import LAST_SECOND


class Series(NamedTuple):
    """The series of a source. All columns have the same length.

    Attributes:
        source: Where the readings come from; see `names.source_of`.
        cells: Station and quantity in one number, as `Kept.cells`; none twice.
        counts: Numbers of readings.
        oldest: Time of the oldest reading, seconds since 1970 UTC.
        newest: Time of the newest.
    """

    source: str
    cells: NDArray[np.int64]
    counts: NDArray[np.int64]
    oldest: NDArray[np.int64]
    newest: NDArray[np.int64]

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Series":
        """Return some series."""
        return Series(self.source, *(column[rows] for column in self[1:]))

    @property
    def stations(self) -> NDArray[np.int64]:
        """Station numbers."""
        return self.cells // len(CODES)

    @property
    def parameters(self) -> NDArray[np.int64]:
        """Quantity numbers."""
        return self.cells % len(CODES)


def series_of(shards: Iterable[Shard], stations: int) -> list[Series]:
    """Count readings.

    Args:
        shards: The readings.
        stations: How many stations have a number.

    Returns:
        The series of each source, in order of source.
    """
    found = defaultdict(list)
    for shard in shards:
        numbers = shard.stations[:stations]
        for source in {table.source for table in shard.tables}:
            tables = [table for table in shard.tables if table.source == source]
            found[source].append(_counted(source, tables, numbers))
    return [_joined(source, found[source]) for source in sorted(found)]


def _counted(source: str, tables: Sequence[Kept], stations: range) -> Series:
    first, size = stations.start * len(CODES), len(stations) * len(CODES)
    counts, newest = np.zeros(size, np.int64), np.zeros(size, np.int64)
    oldest = np.full(size, LAST_SECOND, np.int64)
    for table in tables:
        cells, seconds = table.cells - first, table.seconds
        np.add.at(counts, cells, 1)
        np.minimum.at(oldest, cells, seconds)
        np.maximum.at(newest, cells, seconds)
    met = np.flatnonzero(counts)
    return Series(source, met + first, counts[met], oldest[met], newest[met])


def _joined(source: str, parts: Sequence[Series]) -> Series:
    columns = zip(*(part[1:] for part in parts), strict=True)
    return Series(source, *(np.concatenate(column) for column in columns))


def only(series: Iterable[Series], passes: Callable[[Series], NDArray[np.bool_]]) -> list[Series]:
    """Return the series that pass, without sources that have none."""
    chosen = [table.take(passes(table)) for table in series]
    return [table for table in chosen if len(table.cells)]


def readings_of(series: Iterable[Series]) -> int:
    """Return the number of readings of all sources."""
    return sum(int(table.counts.sum()) for table in series)


def met(series: Iterable[Series], numbers: Callable[[Series], NDArray[np.int64]]) -> list[int]:
    """Return the numbers that occur in the series of all sources, in order."""
    found: list[int] = np.unique(np.concatenate([_NONE, *map(numbers, series)])).tolist()
    return found


_NONE = np.zeros(0, np.int64)
