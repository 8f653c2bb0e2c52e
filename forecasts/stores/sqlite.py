"""The table as one SQLite file: readers and a writer in different processes, no server.

The file is in write-ahead mode: a reader sees the last commit and is never blocked, not even while
a transaction is being written. A commit survives a crash of the process. After a
power cut the last commits may be missing, but the file is never damaged (`synchronous=NORMAL`).

An open file can be deleted, or another one put in its place. SQLite would go on with the file that
no other process can open any more, so each write begins with a look at the path. A look takes a
third as long as a `get`, so readers ask for it, with `generation`.
"""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from forecasts.errors import ConflictError, StoreError
from forecasts.item import POINTER_KEY, Item, Key, is_expired

logger = logging.getLogger(__name__)

#: Counts the changes of the table's columns; kept in the file's `user_version`.
SCHEMA_VERSION = 2
#: What opening a file of an older schema does to it.
_MOVES = {1: ("ALTER TABLE item ADD COLUMN verification BLOB", "PRAGMA user_version = 2")}

#: Items put in one transaction. It takes some tens of milliseconds, and other writers wait for it.
BATCH = 500

#: Bytes. In a table WITHOUT ROWID, a page of the usual 4096 bytes cannot hold a whole forecast of
#: 1.5 KB. Each would take an extra page: the file would be four times as large, and a `get` would
#: take twice as long.
_PAGE = 8192

#: How long a writer waits for another writer before it gives up.
_BUSY_SECONDS = 10

#: What SQLite keeps beside the file. It belongs to that very file, although only the name says so.
_BESIDE = ("-wal", "-shm")

_SCHEMA = f"""
PRAGMA page_size = {_PAGE};
PRAGMA journal_mode = WAL;
CREATE TABLE item (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    body BLOB NOT NULL,
    version INTEGER,
    expires_at INTEGER,
    verification BLOB,
    PRIMARY KEY (pk, sk)
) WITHOUT ROWID;
CREATE INDEX item_expires_at ON item (expires_at);
PRAGMA user_version = {SCHEMA_VERSION};
"""
_GET = "SELECT body, version, expires_at, verification FROM item WHERE pk = ? AND sk = ?"
_GET_MANY = (  # `(pk, sk) IN (VALUES …)` would read the whole table
    "WITH wanted (pk, sk) AS (VALUES {}) SELECT pk, sk, body, version, expires_at, verification "
    "FROM wanted CROSS JOIN item USING (pk, sk)"
)
_QUERY = (
    "SELECT sk, body, version, expires_at, verification FROM item "
    "WHERE pk = ? AND substr(sk, 1, length(?)) = ? ORDER BY sk"
)
_REPLACE = "INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?)"
_INSERT = "INSERT OR IGNORE INTO item VALUES (?, ?, ?, ?, ?, ?)"
_UPDATE = (
    "UPDATE item SET body = ?, version = ?, expires_at = ?, verification = ? "
    "WHERE pk = ? AND sk = ? AND version = ?"
)
_EXPIRE_KEY = "DELETE FROM item WHERE pk = ? AND sk = ? AND expires_at <= ?"
_EXPIRE = "DELETE FROM item WHERE expires_at <= ?"
_EXPIRED = "SELECT count(*) FROM item WHERE expires_at <= ?"
_UNEXPIRED = "SELECT count(*) FROM item WHERE expires_at > ?"

_ADVICE = {
    sqlite3.SQLITE_READONLY: "it is read-only; give this user the right to write it and its folder",
    sqlite3.SQLITE_FULL: "the disk is full; make room and run the night again",
    sqlite3.SQLITE_IOERR: "the disk could not be read or written; check its space and health",
    sqlite3.SQLITE_BUSY: f"another process has been writing it for over {_BUSY_SECONDS} s",
    sqlite3.SQLITE_NOTADB: "it is not a SQLite database; name another file",
    sqlite3.SQLITE_CORRUPT: "it is damaged; delete it and run `stationcast nightly` again",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check the path and its rights",
}


class SQLiteStore:
    """The table in a SQLite file. May be used from several threads.

    Args:
        path: The file.
        clock: Returns the aware time that decides whether an item has expired.
        create: Create the file if it does not exist.

    Raises:
        StoreError: The file or folder is missing, not a database, or has another schema.
    """

    def __init__(self, path: str, clock: Callable[[], datetime], *, create: bool) -> None:
        self._path = Path(path)
        self._clock = clock
        with self._translated():
            if create and not self._path.exists():
                self._make()
            self._file = _file_at(self._path)
            self._check_schema()
            # SQLite may be called from any thread (`sqlite3.threadsafety` is 3), but two threads
            # on one connection share its transaction. So reads and writes each have a connection,
            # which one thread uses at a time: a read holds its lock for microseconds, and never
            # waits for a transaction that another thread is writing.
            self._reader, self._reading = self._connect(), Lock()
            self._writer, self._writing = self._connect(), Lock()
            self._writer.execute("PRAGMA synchronous = NORMAL")
            # The first read makes what is beside the file.
            self._reader.execute("PRAGMA user_version").fetchall()
            self._beside = {path: _file_at(path) for path in map(self._with, _BESIDE)}

    def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None if it does not exist or has expired."""
        # The hot path of the API: `_translated` would add a third to its few microseconds.
        try:
            with self._reading:
                row = self._reader.execute(_GET, key).fetchone()
        except sqlite3.Error as error:
            raise self._error(error) from error
        if row is None:
            return None
        item = Item(key, *row)
        return None if is_expired(item, self._clock()) else item

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*, however many; missing ones are left out."""
        now, items = self._clock(), []
        for start in range(0, len(keys), BATCH):
            some = keys[start : start + BATCH]
            wanted = _GET_MANY.format(", ".join(["(?, ?)"] * len(some)))
            with self._translated(), self._reading:
                rows = self._reader.execute(wanted, [*chain(*some)]).fetchall()
            items += [Item(Key(pk, sk), *columns) for pk, sk, *columns in rows]
        return {item.key: item for item in items if not is_expired(item, now)}

    def query(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the items of a partition whose sort key begins with *prefix*, by sort key."""
        with self._translated(), self._reading:
            rows = self._reader.execute(_QUERY, (pk, prefix, prefix)).fetchall()
        now = self._clock()
        items = [Item(Key(pk, sk), *columns) for sk, *columns in rows]
        return [item for item in items if not is_expired(item, now)]

    def generation(self) -> int | None:
        """Return 0 while the file is the one that was opened; None if another is in its place."""
        file = _file_at(self._path)
        if file is None:
            raise StoreError(
                f"{self._path}: the file is gone; put it back, or make it anew with "
                "`stationcast nightly`"
            )
        return 0 if file == self._file else None

    def put(self, item: Item, *, expected: int) -> None:
        """Put one item if it is still at version *expected*.

        SQLite deletes nothing by itself: a night that moves the pointer deletes what has expired.
        """
        with self._transaction() as writer:
            now = int(self._clock().timestamp())
            writer.execute(_EXPIRE_KEY, (*item.key, now))
            if item.key == POINTER_KEY:
                self._expire(writer, now)
            if expected:
                values = (*item[1:], *item.key, expected)
                changed = writer.execute(_UPDATE, values).rowcount
            else:
                changed = writer.execute(_INSERT, _row(item)).rowcount
            if not changed:
                raise ConflictError(*item.key, expected)

    def put_many(self, items: Iterable[Item]) -> float:
        """Put items without a condition, in transactions of `BATCH` items; uses no write units.

        The items of a transaction are collected before it begins, so a slow source never keeps
        other writers waiting.
        """
        rows = map(_row, items)
        while batch := list(islice(rows, BATCH)):
            with self._transaction() as writer:
                writer.executemany(_REPLACE, batch)
        return 0.0

    def close(self) -> None:
        """Close the file; the last connection to close merges the write-ahead log into it.

        A file that has taken its place must not be read with this one's log, which is removed.
        """
        with self._reading, self._writing:
            # As long as it is open, no other file can have its number.
            self._leave_place()
            self._reader.close()
            self._writer.close()

    def _expire(self, writer: sqlite3.Connection, now: int) -> None:
        """Delete the expired items, unless they are most of all.

        A clock that is far ahead must not empty the file. If nights were not run for a month, the
        old items go as soon as there are as many new ones.
        """
        (expired,) = writer.execute(_EXPIRED, (now,)).fetchone()
        (others,) = writer.execute(_UNEXPIRED, (now,)).fetchone()
        if expired <= others:
            writer.execute(_EXPIRE, (now,))
            return
        logger.warning(
            "%s: by this machine's clock %d of %d items have expired; they are kept until there "
            "are as many new ones. If the clock is wrong, set it right",
            self._path,
            expired,
            expired + others,
        )

    def _make(self) -> None:
        """Create the file, complete or not at all, even if other processes create it, too."""
        try:
            with TemporaryDirectory(prefix=".stationcast-", dir=self._path.parent) as folder:
                aside = Path(folder, "new.db")
                with closing(sqlite3.connect(aside)) as connection:
                    connection.executescript(_SCHEMA)
                with _alone_in(self._path.parent):
                    self._put_in_place(aside)
        except OSError as error:
            folder = str(self._path.parent)
            raise StoreError(
                f"{self._path}: cannot be made in the folder {folder}: {error.strerror}"
            ) from error

    def _put_in_place(self, made: Path) -> None:
        if self._path.exists():
            return
        # A file of this name that was deleted has left its log if another process has it open.
        # SQLite would apply that log to the new file.
        for path in map(self._with, _BESIDE):
            path.unlink(missing_ok=True)
        os.link(made, self._path)

    def _leave_place(self) -> None:
        if _file_at(self._path) not in (None, self._file):
            for path, own in self._beside.items():
                if own == _file_at(path):
                    path.unlink()
        self._beside = {}

    def _with(self, end: str) -> Path:
        return self._path.with_name(self._path.name + end)

    def _check_file(self) -> None:
        if self.generation() is None:
            raise StoreError(
                f"{self._path}: another file has taken its place while it was in use; start again"
            )

    def _check_schema(self) -> None:
        if self._file is None:
            raise StoreError(
                f"{self._path}: there is no such file; create it with `stationcast nightly` or "
                "`stationcast demo`"
            )
        with closing(self._connect()) as connection:
            if _version(connection) in _MOVES:
                _move_on(connection)
            version = _version(connection)
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"{self._path}: its schema is {version}, and this program reads {SCHEMA_VERSION}; "
                "name another file, or delete it and run `stationcast nightly`"
            )

    def _connect(self) -> sqlite3.Connection:
        # isolation_level=None: a SELECT is its own transaction, and writes begin theirs explicitly.
        return sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            timeout=_BUSY_SECONDS,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._writing, self._writer:
            self._writer.execute("BEGIN IMMEDIATE")
            self._check_file()
            yield self._writer

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _error(self, error: sqlite3.Error) -> StoreError:
        # The low byte is the kind. An error from Python itself (a closed store) has no code.
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return StoreError(f"{self._path}: {_ADVICE.get(kind, error)}")


def _file_at(path: Path) -> tuple[int, int] | None:
    """Return what tells the file at *path* from every other that exists; None if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 -- Path.stat takes longer, and every lookup asks
    except OSError:
        return None
    return status.st_ino, status.st_dev


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _move_on(connection: sqlite3.Connection) -> None:
    """Add what the schema before lacks, unless another process does it at this moment.

    Programs of before that have the file open go on, as they name the columns that they read.
    """
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _MOVES.get(_version(connection), ()):
            connection.execute(statement)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let no other process be in such a block for the same folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _row(item: Item) -> tuple[str, str, bytes, int | None, int | None, bytes | None]:
    return (*item.key, item.body, item.version, item.expires_at, item.verification)
