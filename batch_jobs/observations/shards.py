"""Shards: all kept readings, a few thousand stations at a time.

What is decided for a series needs only its own readings. So a large reading is not in memory at
once: it is written to a temporary file as it comes, cut by station, and read back shard by shard.
A smaller one stays in memory, as a single shard.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, NamedTuple

import numpy as np

from batch_jobs.errors import TemporaryFileError
from batch_jobs.observations.kept import MOST_STATIONS, Kept

#: Readings that may be in memory at once, of 12 to 20 bytes: a night of some 13,000 stations.
MOST_IN_MEMORY = 16_000_000

#: Stations of a shard in the file.
STATIONS_OF_A_SHARD = 5_000


class Shard(NamedTuple):
    """All readings of some stations.

    Attributes:
        stations: The numbers of these stations.
        tables: The readings; those of a station are in the order in which they were added.
    """

    stations: range
    tables: list[Kept]


class _Piece(NamedTuple):
    """A table in the file: its columns, one after the other."""

    offset: int
    rows: int
    source: str
    has_sensors: bool


class Shards:
    """Takes tables of readings, and returns them by station; is to be closed."""

    def __init__(self) -> None:
        self._rows = 0
        self._tables: list[Kept] = []
        self._pieces: dict[int, list[_Piece]] = {}
        self._file: IO[bytes] | None = None

    def close(self) -> None:
        """Remove all readings, and the file; others may be added afterwards."""
        if self._file is not None:
            with suppress(OSError):  # a full disk does not take what is left to write
                self._file.close()
        self._rows, self._tables, self._pieces, self._file = 0, [], {}, None

    def add(self, table: Kept) -> None:
        """Add a table.

        Raises:
            TemporaryFileError: It cannot be written.
        """
        self._tables.append(table)
        self._rows += len(table.keys)
        if self._rows > MOST_IN_MEMORY:
            for each in self._tables:
                self._write(each)
            self._tables.clear()

    def __iter__(self) -> Iterator[Shard]:
        """Yield all readings, in order of station number.

        Raises:
            TemporaryFileError: They cannot be read.
        """
        if self._file is None:
            yield Shard(range(MOST_STATIONS), self._tables)
            return
        for number in sorted(self._pieces):
            first = number * STATIONS_OF_A_SHARD
            with _translated():
                tables = [_read(self._file, piece) for piece in self._pieces[number]]
            yield Shard(range(first, first + STATIONS_OF_A_SHARD), tables)

    def _write(self, table: Kept) -> None:
        """Write a table, cut by shard."""
        numbers = (table.stations // STATIONS_OF_A_SHARD).astype(np.uint16)
        counts = np.bincount(numbers)
        met = np.flatnonzero(counts).tolist()
        if len(met) > 1:
            table = table.take(np.argsort(numbers, kind="stable"))
        ends = np.cumsum(counts)
        for number in met:
            piece = table.take(slice(ends[number] - counts[number], ends[number]))
            with _translated():
                self._pieces.setdefault(number, []).append(_written(self._opened(), piece))

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            # It has no name, so it is gone with this process, in whatever way that ends.
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- see `close`
        return self._file


def _written(file: IO[bytes], table: Kept) -> _Piece:
    offset = file.seek(0, os.SEEK_END)
    file.write(table.keys.data)
    file.write(table.values.data)
    if table.sensors is not None:
        file.write(table.sensors.data)
    return _Piece(offset, len(table.keys), table.source, table.sensors is not None)


def _read(file: IO[bytes], piece: _Piece) -> Kept:
    file.seek(piece.offset)
    keys = np.frombuffer(file.read(8 * piece.rows), np.int64)
    values = np.frombuffer(file.read(4 * piece.rows), np.float32)
    sensors = np.frombuffer(file.read(8 * piece.rows), np.int64) if piece.has_sensors else None
    return Kept(keys, values, piece.source, sensors)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TemporaryFileError(tempfile.gettempdir(), error.strerror or str(error)) from error
