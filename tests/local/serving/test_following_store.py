"""A server's store and the file under it: gone, back, replaced."""

import threading
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from api.app import make_app
from forecasts import runs
from forecasts.errors import StoreError
from forecasts.item import Item, Key
from forecasts.stores.sqlite import SQLiteStore
from local.serving.following_store import FollowingStore
from tests.api.conftest import MORNING, SECOND, load
from tests.client import Client
from tests.factories import identity_of

KEY = Key("S#JFK", "H#20131230T0000Z-1")
PATHS = [
    "/v1/stations/JFK/forecast",
    "/v1/stations/JFK/forecast?observed=3",
    "/v1/stations/JFK",
    "/v1/stations",
    "/v1/forecasts?stations=JFK,LGA",
    "/v1/map/stations",
    "/v1/runs/current/missing",
    f"/v1/runs/{SECOND.id}/missing",
    "/v1/map/forecasts?parameter=temperature",
]


@pytest.fixture
def path(tmp_path):
    """The path of the test's store."""
    return tmp_path / "forecasts.db"


@pytest.fixture
def put_in_place(path, clock):
    """A function that makes a file, filled by another function, and puts it in place."""

    def put(fill=lambda _store: None):
        aside = Path(f"{path}.new")
        with closing(SQLiteStore(str(aside), clock, create=True)) as store:
            fill(store)
        aside.replace(path)

    return put


@pytest.fixture
def store(path, clock, put_in_place):
    """A store that follows its file, which is there and empty."""
    put_in_place()
    open_ = partial(SQLiteStore, str(path), clock, create=False)
    with closing(FollowingStore(open_)) as store:
        yield store


def holding(body):
    """Return what fills a file with one item."""
    return lambda store: store.put_many([Item(KEY, body)])


def test_it_goes_on_with_the_file_that_is_there(store, put_in_place):
    """After each replacement the generation is another one, and the new file is read."""
    seen = [store.generation()]
    for body in (b"one", b"two"):
        put_in_place(holding(body))
        seen += [store.generation(), store.get(KEY).body, store.generation()]

    assert seen == [0, None, b"one", 1, None, b"two", 2]
    assert store.get_many([KEY]) == {KEY: Item(KEY, b"two")}
    assert store.query(KEY.pk) == [Item(KEY, b"two")]


def test_writes_go_to_the_file_that_is_there(store, path, clock, put_in_place):
    """A write looks for itself whether the file was replaced."""
    put_in_place()
    store.put(Item(KEY, b"put", 1), expected=0)
    put_in_place()
    other = Key(KEY.pk, "other")
    store.put_many([Item(other, b"many")])
    with closing(SQLiteStore(str(path), clock, create=False)) as file:
        assert file.query(KEY.pk) == [Item(other, b"many")]


def test_a_file_that_is_no_store(store, path, put_in_place):
    """Reads fail until there is one again."""
    path.write_text("no database" * 1000)
    other = path.with_name("other")
    other.write_text("no database" * 1000)
    other.replace(path)
    assert store.generation() is None
    with pytest.raises(StoreError, match="not a SQLite database"):
        store.get(KEY)
    put_in_place(holding(b"whole"))

    assert store.generation() is None
    assert store.get(KEY).body == b"whole"


def test_an_error_that_has_nothing_to_do_with_it(store):
    """Other errors of the store are passed on."""
    store.close()

    with pytest.raises(StoreError, match="closed database"):
        store.get(KEY)


def test_a_read_while_another_thread_opens_the_next_file(store, put_in_place):
    """A read that finds its store closed, because another thread was faster, is done again."""

    class Keys(list):
        """Keys during whose first reading another thread reads the next file."""

        def __getitem__(self, part):
            """Let the other thread go first."""
            if store.generation() == 0:
                put_in_place(holding(b"next"))
                store.generation()
                other = threading.Thread(target=store.get, args=(KEY,))
                other.start()
                other.join()
            return super().__getitem__(part)

    assert store.get_many(Keys([KEY])) == {KEY: Item(KEY, b"next")}


def publish(name, warmer):
    """Return what fills a file with the second night, some degrees warmer than it was."""

    def fill(store):
        load(store, replace(SECOND, identity=identity_of(name)), warmer)
        runs.publish(store, SECOND.id, MORNING)

    return fill


@pytest.mark.parametrize("path_", PATHS)
@pytest.mark.parametrize("pin", ["", SECOND.id])
def test_every_answer_is_of_the_file_that_is_there(store, clock, put_in_place, path_, pin):
    """Not a byte of the old file is sent from memory, and the old tags confirm nothing."""
    clock.now = MORNING
    pinnable = path_ not in {"/v1/stations/JFK", "/v1/stations"} and "missing" not in path_
    asked = path_ + ("&" if "?" in path_ else "?") + f"run={pin}" if pin and pinnable else path_
    client = Client(make_app(store, clock))
    put_in_place(publish("one", warmer=0))
    before = client.get(asked)
    put_in_place(publish("two", warmer=5))
    after = client.get(asked, if_none_match=before.headers["etag"])
    put_in_place(publish("two", warmer=5))

    assert (before.status_code, after.status_code) == (200, 200)
    assert after.headers["forecast-run"] == before.headers["forecast-run"]
    assert before.content != after.content
    assert client.get(asked, if_none_match=after.headers["etag"]).status_code == 304


def test_without_the_file(store, clock, path, put_in_place):
    """Health and lookups say so, also of what is in memory; with the file back all is well."""
    clock.now = MORNING
    put_in_place(publish("one", warmer=0))
    client = Client(make_app(store, clock))
    asked = ["/healthz", "/v1/status", "/v1/runs", *PATHS]
    before = [client.get(each) for each in asked]
    path.rename(f"{path}.aside")
    without = [client.get(each, if_none_match='W/"x"') for each in asked]
    Path(f"{path}.aside").rename(path)
    after = [client.get(each) for each in asked]

    assert {answer.status_code for answer in before} == {200}
    assert {answer.status_code for answer in without} == {503}
    assert {answer.json()["type"] for answer in without} == {"/problems/store-unavailable"}
    assert {answer.headers["retry-after"] for answer in without} == {"5"}
    assert [answer.content for answer in after] == [answer.content for answer in before]


def test_health_after_a_replacement(store, clock, put_in_place, path):
    """Health opens the file that is there, and says whether that can be read."""
    client = Client(make_app(store, clock))
    put_in_place()
    replaced = client.get("/healthz")
    path.unlink()
    path.write_text("no database" * 1000)

    assert (replaced.status_code, replaced.json()) == (200, {"status": "ok"})
    assert client.get("/healthz").status_code == 503
