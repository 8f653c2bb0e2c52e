"""The contract of every store (`forecasts.stores.protocol`), tested on each kind."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from forecasts.errors import ConflictError
from forecasts.item import Item, Key
from tests.factories import NOW

KEY = Key("S#JFK", "F#20131230T0000Z-1")
SECOND = timedelta(seconds=1)


def an_item(key=KEY, body=b"body", **changes):
    """Return an item of the table."""
    return Item(key, body, **changes)


def expiring(moment, **changes):
    """Return an item that expires at *moment*."""
    return an_item(expires_at=int(moment.timestamp()), **changes)


def test_missing_item(store):
    """A key that was never put has no item."""
    assert store.get(KEY) is None


@pytest.mark.parametrize("body", [b"", b"\x00\xff", bytes(range(256))])
def test_put_many_then_get(store, body):
    """An item is read back as it was put, whatever its bytes."""
    item = expiring(NOW + SECOND, body=body)

    store.put_many([item])

    assert store.get(KEY) == item


def test_item_without_expiry_or_version(store):
    """An item without expiry or version is read back without them."""
    store.put_many([an_item()])

    assert store.get(KEY) == Item(KEY, b"body", version=None, expires_at=None)


def test_item_with_a_verification(store):
    """The verification of a forecast is read back as it was put, and goes with the item."""
    item = an_item(verification=b"\x00\xff")
    store.put_many([item])
    assert store.get(KEY) == item
    assert store.get_many([KEY]) == {KEY: item}
    assert store.query(KEY.pk) == [item]

    store.put_many([an_item()])
    assert store.get(KEY) == an_item()


def test_large_body(store):
    """A body of 300 KB of noise is read back unchanged."""
    item = an_item(body=random.Random(0).randbytes(300_000))  # noqa: S311 -- no secret

    store.put_many([item])

    assert store.get_many([KEY]) == {KEY: item}


def test_keys_are_exact(store):
    """Keys differ by case and by every character, also beyond ASCII."""
    keys = [Key("S#a", "é"), Key("S#A", "é"), Key("S#a", "e"), Key("S#a", "é%"), Key("S#a_", "é")]
    store.put_many(an_item(key, str(number).encode()) for number, key in enumerate(keys))

    bodies = [store.get(key).body for key in keys]

    assert bodies == [b"0", b"1", b"2", b"3", b"4"]


def test_a_store_that_was_never_replaced(store):
    """Its generation is 0, before and after a write."""
    before = store.generation()
    store.put_many([an_item()])

    assert (before, store.generation()) == (0, 0)


def test_another_connection_sees_it(store, connect):
    """A reader that was opened earlier sees what another connection has put."""
    reader = connect()

    store.put_many([an_item()])

    assert reader.get(KEY) == an_item()


def test_expired_item_is_never_returned(store, clock):
    """An item is returned until the second it expires, and then by no kind of read."""
    item = expiring(NOW + SECOND)
    store.put_many([item])
    before = store.get(KEY), store.get_many([KEY]), store.query(KEY.pk)

    clock.now += SECOND

    assert before == (item, {KEY: item}, [item])
    assert (store.get(KEY), store.get_many([KEY]), store.query(KEY.pk)) == (None, {}, [])


def test_get_many(store):
    """For 250 keys, all existing items are returned and the others are left out."""
    items = [an_item(Key(f"S#{n}", "F")) for n in range(250)]
    store.put_many(items[::2])

    found = store.get_many([item.key for item in items])

    assert found == {item.key: item for item in items[::2]}


def test_get_many_of_the_same_key(store):
    """A key may be requested twice."""
    store.put_many([an_item()])

    assert store.get_many([KEY, KEY]) == {KEY: an_item()}


def test_get_many_of_nothing(store):
    """Without keys, no items are returned."""
    assert store.get_many([]) == {}


def test_put_many_keeps_the_last_of_duplicates(store):
    """If 60 items have 20 keys, the last item for each key stays, as if put one by one."""
    items = [an_item(Key(f"S#{n % 20}", "F"), str(n).encode()) for n in range(60)]

    store.put_many(items)

    found = store.get_many([item.key for item in items])
    assert found == {item.key: item for item in items[40:]}


def test_put_many_keeps_the_last_of_distant_duplicates(store):
    """The last item for a key stays even if thousands lie between the two."""
    between = (an_item(Key(f"S#{n}", "F")) for n in range(2100))

    store.put_many([an_item(body=b"first"), *between, an_item(body=b"last")])

    assert store.get(KEY).body == b"last"


def test_put_many_replaces_the_whole_item(store):
    """Nothing of the old item remains in the new one."""
    store.put_many([an_item(version=3, expires_at=int(NOW.timestamp()) + 9)])

    store.put_many([an_item(body=b"new")])

    assert store.get(KEY) == an_item(body=b"new")


def test_put_many_of_nothing(store):
    """Putting no items consumes nothing."""
    assert store.put_many([]) == 0


def test_query_order(store):
    """A partition is returned by ascending sort key, without its neighbours."""
    names = ["b", "B", "a10", "a9", "~", "#", "é"]
    store.put_many(an_item(Key("P", name)) for name in names)
    store.put_many([an_item(Key("P0", "x")), an_item(Key("O", "x"))])

    found = [item.key.sk for item in store.query("P")]

    assert found == sorted(names, key=str.encode)


def test_query_of_more_than_a_page(store):
    """A partition of more than a megabyte is returned whole."""
    items = [an_item(Key("P", f"{n:05d}"), bytes(300_000)) for n in range(5)]
    store.put_many(items)

    assert store.query("P") == items


def test_query_with_a_prefix(store):
    """Only sort keys that begin with exactly these characters are found."""
    found = [an_item(Key("S#Zürich", sk)) for sk in ("F#é1", "F#é2")]
    others = [an_item(Key("S#Zürich", sk)) for sk in ("E", "F", "F#e", "G#é1", "f#é1", "F_é1")]
    store.put_many([*others, *found])

    assert store.query("S#Zürich", "F#é") == found
    assert store.query("S#Zürich", "F%") == []
    assert len(store.query("S#Zürich")) == 8


def test_query_of_nothing(store):
    """An empty partition has no items."""
    assert store.query("P") == []


def test_put_of_a_new_item(store):
    """A put that requires the key to be new succeeds if it is."""
    store.put(an_item(version=1), expected=0)

    assert store.get(KEY) == an_item(version=1)


def test_put_over_an_existing_item(store):
    """A put that requires the key to be new fails if the item exists."""
    store.put(an_item(version=1), expected=0)

    with pytest.raises(ConflictError, match="no longer at version 0") as caught:
        store.put(an_item(body=b"other", version=1), expected=0)

    assert store.get(KEY) == an_item(version=1)
    assert (caught.value.pk, caught.value.sk, caught.value.expected) == (*KEY, 0)


def test_put_at_the_expected_version(store):
    """Each put at the version that was read replaces the item."""
    store.put(an_item(version=1), expected=0)

    store.put(an_item(body=b"second", version=2), expected=1)

    assert store.get(KEY) == an_item(body=b"second", version=2)


def test_put_at_another_version(store):
    """A put at an outdated version changes nothing."""
    store.put(an_item(version=1), expected=0)
    store.put(an_item(version=2), expected=1)

    with pytest.raises(ConflictError):
        store.put(an_item(body=b"late", version=2), expected=1)

    assert store.get(KEY) == an_item(version=2)


@pytest.mark.parametrize("expected", [1, 7])
def test_put_at_a_version_of_nothing(store, expected):
    """A put at a version creates no item if there is none."""
    with pytest.raises(ConflictError):
        store.put(an_item(version=expected + 1), expected=expected)

    assert store.get(KEY) is None


def test_put_where_an_item_has_no_version(store):
    """An item that was put without a condition has no version."""
    store.put_many([an_item()])

    with pytest.raises(ConflictError):
        store.put(an_item(version=2), expected=1)

    with pytest.raises(ConflictError):
        store.put(an_item(version=1), expected=0)


def test_put_over_an_expired_item(store, clock):
    """An expired item counts as gone, even if it is still in the table."""
    store.put(expiring(NOW + SECOND, version=1), expected=0)
    clock.now += SECOND

    with pytest.raises(ConflictError):
        store.put(an_item(body=b"next", version=2), expected=1)
    store.put(an_item(body=b"new", version=1), expected=0)

    assert store.get(KEY) == an_item(body=b"new", version=1)


def test_put_before_the_item_expires(store):
    """An item that will expire is updated like any other."""
    store.put(expiring(NOW + SECOND, version=1), expected=0)

    store.put(expiring(NOW + 2 * SECOND, version=2), expected=1)

    assert store.get(KEY) == expiring(NOW + 2 * SECOND, version=2)


@pytest.mark.parametrize("expected", [0, 1])
def test_two_writers(connect, expected):
    """If two writers put at the same version at the same moment, exactly one succeeds."""
    stores = [connect(), connect()]
    if expected:
        stores[0].put(an_item(version=1), expected=0)
    together = Barrier(len(stores))

    def put(number):
        together.wait()
        try:
            item = an_item(body=str(number).encode(), version=expected + 1)
            stores[number].put(item, expected=expected)
        except ConflictError:
            return None
        return number

    with ThreadPoolExecutor(len(stores)) as pool:
        (winner,) = {*pool.map(put, range(2))} - {None}

    assert stores[0].get(KEY).body == str(winner).encode()


def test_threads_share_a_store(store):
    """Readers in several threads see whole items while another thread writes."""
    items = [[an_item(body=bytes([n]) * 5000, version=n)] for n in range(1, 40)]
    store.put_many(items[0])

    def read(_):
        item = store.get(KEY)
        return item.body == bytes([item.version]) * 5000

    with ThreadPoolExecutor(4) as pool:
        writing = pool.submit(lambda: [store.put_many(one) for one in items])
        whole = list(pool.map(read, range(120)))
        writing.result()

    assert all(whole)


def test_writers_share_a_store(store):
    """If several threads put through one store at the same time, nothing is lost."""
    batches = [[an_item(Key(f"P{n}", f"{m:03d}")) for m in range(100)] for n in range(8)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store.put_many, batches))

    assert [store.query(f"P{n}") for n in range(8)] == batches


def test_close(connect):
    """A store is closed once, and another one on the same table still works."""
    connect().put_many([an_item()])

    connect().close()

    assert connect().get(KEY) == an_item()
