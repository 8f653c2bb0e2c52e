"""What is specific to the SQLite store: processes, files, disks."""

import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from forecasts.errors import StoreError
from forecasts.item import POINTER_KEY, Item, Key
from forecasts.stores import sqlite
from forecasts.stores.sqlite import SQLiteStore
from tests.factories import NOW

ROOT = Path(__file__).resolve().parents[3]
KEY = Key("S#JFK", "F#20131230T0000Z-1")

READER = """
import sys
from datetime import UTC, datetime
from forecasts.item import Key
from forecasts.stores.sqlite import SQLiteStore
store = SQLiteStore(sys.argv[1], lambda: datetime(2013, 12, 30, tzinfo=UTC), create=False)
bodies = {store.get(Key("S#JFK", "F#20131230T0000Z-1")).body for _ in range(500)}
print(*bodies)
"""

FILLER = """
import resource, sys
from datetime import UTC, datetime
from forecasts.errors import StoreError
from forecasts.item import Item, Key
from forecasts.stores.sqlite import SQLiteStore
store = SQLiteStore(sys.argv[1], lambda: datetime(2013, 12, 30, tzinfo=UTC), create=False)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    store.put_many(Item(Key("S", str(n)), bytes(100_000)) for n in range(1000))
except StoreError as error:
    print(error)
"""


@pytest.fixture
def path(tmp_path):
    """The path of the test's store."""
    return str(tmp_path / "forecasts.db")


@pytest.fixture
def store(path, clock):
    """An empty store."""
    with closing(SQLiteStore(path, clock, create=True)) as opened:
        yield opened


def an_item(body=b"body", key=KEY, **changes):
    """Return an item of the table."""
    return Item(key, body, **changes)


def run_python(program, path):
    """Run a program on the store at *path* in its own process; return what it prints."""
    command = [sys.executable, "-c", program, path]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip()


def count(path, where="1"):
    """Count the rows of the file itself."""
    with closing(sqlite3.connect(path)) as connection:
        (rows,) = connection.execute(f"SELECT count(*) FROM item WHERE {where}").fetchone()  # noqa: S608
    return rows


def test_reader_process_during_a_write(store, path):
    """While a transaction is open, a reader process keeps reading the last commit."""
    store.put_many([an_item(b"committed")])
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE item SET body = x'00'")

        # The transaction stays open until the reader has read 500 times and ended.
        seen = run_python(READER, path)

    assert seen == "b'committed'"


def test_writer_during_an_unfinished_read(store, path):
    """A reader that has not finished its read does not keep a writer waiting."""
    store.put_many([an_item(b"old")])
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT body FROM item").fetchone()

        store.put_many([an_item(b"new")])

        assert reader.execute("SELECT body FROM item").fetchone() == before == (b"old",)
    assert store.get(KEY).body == b"new"


def test_slow_source_does_not_hold_the_lock(store, path, clock):
    """While `put_many` waits for its source of items, another process can write."""
    other = SQLiteStore(path, clock, create=False)

    def slowly():
        for number in range(2 * sqlite.BATCH + 1):
            other.put_many([an_item(key=Key("other", str(number)))])
            yield an_item(key=Key("S", str(number)))

    with closing(other):
        store.put_many(slowly())

    assert count(path) == 2 * (2 * sqlite.BATCH + 1)


END = int((NOW + timedelta(days=30)).timestamp())
POINTER = an_item(key=POINTER_KEY, version=1)


def test_a_night_deletes_what_has_expired(store, path, clock):
    """The put that moves the pointer deletes expired items: SQLite's form of time to live."""
    store.put_many([an_item(key=Key("S", "old"), expires_at=END)])
    store.put_many([an_item(key=Key("S", "young"), expires_at=END + 1)])
    store.put_many([an_item(key=Key("S", "forever"))])
    clock.now = NOW + timedelta(days=30)

    store.put(POINTER, expected=0)

    assert count(path) == 3
    assert count(path, "sk = 'old'") == 0


def test_other_writes_delete_nothing(store, path, clock):
    """A server that writes its circuit deletes nothing, whatever its clock says."""
    store.put_many([an_item(key=Key("S", "old"), expires_at=END)])
    clock.now = NOW + timedelta(days=9999)

    store.put(an_item(version=1), expected=0)

    assert count(path, "sk = 'old'") == 1


def test_a_clock_in_the_future_does_not_empty_the_file(store, clock, caplog):
    """If most items seem to have expired, they are kept, and the log says why and what to do."""
    store.put_many([an_item(key=Key("S", str(n)), expires_at=END) for n in range(99)])
    clock.now = NOW + timedelta(days=9999)
    store.put(POINTER, expected=0)
    clock.now = NOW

    assert store.get(Key("S", "7"))
    assert "99 of 99 items have expired; they are kept" in caplog.text
    assert "If the clock is wrong" in caplog.text


def test_after_a_long_pause_old_items_go(store, path, clock):
    """As soon as there are as many new items as expired ones, those are deleted."""
    store.put_many([an_item(key=Key("old", str(n)), expires_at=END) for n in range(9)])
    clock.now = NOW + timedelta(days=60)
    store.put_many([an_item(key=Key("new", str(n)), expires_at=2 * END) for n in range(9)])
    store.put(POINTER, expected=0)

    assert count(path, "pk = 'old'") == 0
    assert count(path, "pk = 'new'") == 9


def _make(paths, barrier, name):
    for path in paths:
        barrier.wait()
        with closing(SQLiteStore(path, lambda: NOW, create=True)) as store:
            store.put_many([an_item(key=Key("S", name))])


def test_processes_make_the_same_file(tmp_path):
    """If processes create the same file at the same moment, none fails or loses its items."""
    context = get_context("spawn")
    paths = [str(tmp_path / f"{number}.db") for number in range(20)]
    barrier = context.Barrier(3)
    processes = [context.Process(target=_make, args=(paths, barrier, name)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * 3
    assert [count(path) for path in paths] == [3] * 20


def test_making_the_file_leaves_nothing_beside_it(store, path):
    """Creating a store makes its file and SQLite's own two; closing leaves the file alone."""
    store.put_many([an_item()])
    made = {entry.name for entry in Path(path).parent.iterdir()}

    store.close()

    assert made == {"forecasts.db", "forecasts.db-shm", "forecasts.db-wal"}
    assert [entry.name for entry in Path(path).parent.iterdir()] == ["forecasts.db"]


def fill(store, body, count):
    """Put *count* items; their bodies are long, so that they take many pages."""
    store.put_many(an_item(body * 500, Key("S", f"{number:05d}")) for number in range(count))


def bodies(store):
    """Return how often each body is there, by its first byte."""
    return Counter(item.body[:1] for item in store.query("S"))


def test_generation(store, path, clock):
    """It is None as soon as another file has taken the place of the open one."""
    before = store.generation()
    SQLiteStore(f"{path}.new", clock, create=True).close()
    Path(f"{path}.new").replace(path)

    assert (before, store.generation()) == (0, None)


def test_a_file_that_is_gone_for_a_while(store, path):
    """Without its file, a store says so; if the same file is back, all is well."""
    store.put_many([an_item()])
    Path(path).rename(f"{path}.aside")
    with pytest.raises(StoreError, match="the file is gone; put it back, or make it"):
        store.generation()
    Path(f"{path}.aside").rename(path)

    assert (store.generation(), store.get(KEY)) == (0, an_item())


WRITES = {
    "put_many": lambda store: store.put_many([an_item()]),
    "put": lambda store: store.put(an_item(version=1), expected=0),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nothing_is_written_to_a_deleted_file(store, path, write):
    """A write that nobody would ever see is an error."""
    Path(path).unlink()

    with pytest.raises(StoreError, match="the file is gone"):
        write(store)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nothing_is_written_to_a_replaced_file(store, path, clock, write):
    """Half of a night in one file and half in another would be the worst of all."""
    SQLiteStore(f"{path}.new", clock, create=True).close()
    Path(f"{path}.new").replace(path)

    with pytest.raises(StoreError, match="another file has taken its place while it was in use"):
        write(store)


def test_a_log_of_a_deleted_file(store, path, clock):
    """A new file is not mixed with the log that a deleted one has left, in use by a server."""
    fill(store, b"old", 2000)
    Path(path).unlink()
    with closing(SQLiteStore(path, clock, create=True)) as new:
        fill(new, b"new", 50)
    with closing(SQLiteStore(path, clock, create=False)) as new:
        assert bodies(new) == {b"n": 50}


def test_a_log_of_a_replaced_file(store, path, clock):
    """A store that was replaced takes its log with it when it is closed."""
    fill(store, b"old", 2000)
    with closing(SQLiteStore(f"{path}.new", clock, create=True)) as new:
        fill(new, b"new", 50)
    Path(f"{path}.new").replace(path)
    store.close()
    with closing(SQLiteStore(path, clock, create=False)) as new:
        assert bodies(new) == {b"n": 50}


def test_a_log_of_another_file_is_left_alone(store, path, clock):
    """If the new file is in use already, the old store closes without touching its log."""
    Path(path).unlink()
    with closing(SQLiteStore(path, clock, create=True)) as new:
        fill(new, b"new", 50)
        store.close()
        with closing(SQLiteStore(path, clock, create=False)) as other:
            assert bodies(other) == {b"n": 50}


def test_another_process_was_first(store, path):
    """A process that finds the file made by another one in the meantime leaves it alone."""
    store.put_many([an_item()])
    store._make()

    assert (store.generation(), count(path)) == (0, 1)


def test_no_file(path, clock):
    """Reading a missing store creates nothing, and the error says what creates one."""
    with pytest.raises(StoreError, match="no such file; create it with `stationcast nightly`"):
        SQLiteStore(path, clock, create=False)

    assert not Path(path).exists()


def test_no_folder(tmp_path, clock):
    """If the folder is missing, the error names it."""
    folder = tmp_path / "absent"

    with pytest.raises(StoreError, match=f"in the folder {folder}: No such file"):
        SQLiteStore(str(folder / "x.db"), clock, create=True)


def test_folder_in_place_of_a_file(tmp_path, clock):
    """A folder is not a store."""
    with pytest.raises(StoreError, match="it cannot be opened"):
        SQLiteStore(str(tmp_path), clock, create=False)


def test_path_with_characters_of_a_uri(tmp_path, clock):
    """A path may contain characters that have a meaning in a URI."""
    path = tmp_path / "a?mode=memory#b%20c.db"

    with closing(SQLiteStore(str(path), clock, create=True)) as store:
        store.put_many([an_item()])

    assert path.exists()


def test_not_a_database(path, clock):
    """A file that is not a database is left alone."""
    Path(path).write_text("station_id,name\n" * 100)

    with pytest.raises(StoreError, match="not a SQLite database"):
        SQLiteStore(path, clock, create=True)

    assert Path(path).read_text().startswith("station_id")


@pytest.mark.parametrize("version", [0, 3])
def test_another_schema(path, clock, version):
    """A database of another schema, or of another program, is refused with its number."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE item (something)")
        other.execute(f"PRAGMA user_version = {version}")

    with pytest.raises(StoreError, match=f"its schema is {version}, and this program reads 2"):
        SQLiteStore(path, clock, create=True)


_OF_BEFORE = """
CREATE TABLE item (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    body BLOB NOT NULL,
    version INTEGER,
    expires_at INTEGER,
    PRIMARY KEY (pk, sk)
) WITHOUT ROWID;
CREATE INDEX item_expires_at ON item (expires_at);
INSERT INTO item VALUES ('S', 'F', x'0102', 3, NULL);
PRAGMA user_version = 1;
"""


def test_the_schema_of_before(path, clock):
    """A file of before there were verifications keeps its items and takes verifications."""
    with closing(sqlite3.connect(path)) as before:
        before.execute("PRAGMA journal_mode = WAL")
        before.executescript(_OF_BEFORE)

    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: SQLiteStore(path, clock, create=False), range(4)))
    old, new = (
        Item(Key("S", "F"), b"\x01\x02", version=3),
        Item(Key("S", "G"), b"", verification=b"v"),
    )
    stores[0].put_many([new])

    assert [store.query("S") for store in stores] == [[old, new]] * 4
    for store in stores:
        store.close()


def test_damaged_file(store, path, clock):
    """A file whose pages were overwritten is reported as damaged."""
    store.put_many(an_item(bytes(2000), Key("S", str(number))) for number in range(200))
    store.close()
    with Path(path).open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 200_000)

    with (
        closing(SQLiteStore(path, clock, create=False)) as damaged,
        pytest.raises(StoreError, match="it is damaged"),
    ):
        damaged.query("S")


def test_read_only_file(store, path, clock):
    """A read-only file can be read, and a put says what is wrong."""
    store.put_many([an_item()])
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with Path(path).open("r+b") as file:
        # "Write version" 3 of the file format: read-only to this SQLite, whoever the user is.
        file.seek(18)
        file.write(b"\x03")

    with closing(SQLiteStore(path, clock, create=False)) as frozen:
        assert frozen.get(KEY) == an_item()
        with pytest.raises(StoreError, match="it is read-only; give this user the right"):
            frozen.put_many([an_item()])
        with pytest.raises(StoreError, match="it is read-only"):
            frozen.put(an_item(version=1), expected=0)


def test_file_that_may_not_grow(store, path):
    """If a file may not grow, the error says so, and its items are still there."""
    store.put_many([an_item()])

    printed = run_python(FILLER, path)

    assert printed.endswith("the disk could not be read or written; check its space and health")
    assert store.get(KEY) == an_item()


def test_full_disk(store):
    """A full disk is reported as such; items are still there and can be replaced."""
    store.put_many([an_item()])
    # SQLite's own limit is the only way to fill a disk for one test.
    store._writer.execute("PRAGMA max_page_count = 20")  # noqa: SLF001

    with pytest.raises(StoreError, match="the disk is full; make room"):
        store.put_many(an_item(bytes(10_000), Key("S", str(number))) for number in range(100))

    store.put_many([an_item(b"new")])
    assert store.get(KEY) == an_item(b"new")
    assert store.query("S") == []


def test_writer_that_never_ends(path, clock, monkeypatch):
    """A writer that waited for another one in vain reports it."""
    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0)
    with (
        closing(SQLiteStore(path, clock, create=True)) as store,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreError, match="another process has been writing it"):
            store.put_many([an_item()])


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.get(KEY),
        lambda store: store.query("S"),
        lambda store: store.put_many([an_item()]),
        lambda store: store.put(an_item(version=1), expected=0),
    ],
    ids=["get", "query", "put_many", "put"],
)
def test_closed_store(store, use):
    """Using a closed store is an error that says so."""
    store.close()

    with pytest.raises(StoreError, match="closed database"):
        use(store)
