"""The cache keeps items until they expire, up to a limit."""

import asyncio
from datetime import timedelta

import pytest

from api.reading.async_store import AsyncStore, run_here
from api.reading.item_cache import MOST_BYTES, ItemCache
from api.reading.snapshot import CURRENT, Snapshot
from forecasts.errors import FormatError
from forecasts.gzip_bodies import compress
from forecasts.item import Item, Key
from tests.factories import NOW

#: Of a history: forecasts must be gzip.
KEY = Key("S#JFK", "H#20131230T0000Z-1")
MINUTE = timedelta(minutes=1)


def a_snapshot(identity="tonight", generation=0):
    """Return the run that items are read under."""
    run_id = KEY.sk.removeprefix("H#")
    return Snapshot.of(run_id, identity, NOW, generation, cache_control=CURRENT)


TONIGHT = a_snapshot()


class Table(dict):
    """A table that notes the keys it is asked for."""

    def __init__(self, items=()):
        super().__init__({item.key: item for item in items})
        self.asked = []

    def get(self, key):
        """Return an item, or None."""
        self.asked.append(key)
        return super().get(key)

    def get_many(self, keys):
        """Return the items that are there."""
        self.asked += keys
        return {key: self[key] for key in keys if key in self}


class Cache:
    """The cache over a table, called from outside of an event loop."""

    def __init__(self, table, clock, most_bytes=MOST_BYTES):
        store = AsyncStore(table, run_here)
        self._cache = ItemCache(store, clock, most_bytes)

    def get(self, key, snapshot=TONIGHT):
        """Return an item, or None."""
        return asyncio.run(self._cache.get(snapshot, key))

    def get_many(self, keys, snapshot=TONIGHT):
        """Return the items that are there."""
        return asyncio.run(self._cache.get_many(snapshot, keys))


def an_item(name="JFK", body=b"body", **changes):
    """Return the history of a station."""
    return Item(Key(f"S#{name}", KEY.sk), body, **changes)


def test_read_once(clock):
    """An item is read from the table once."""
    table = Table([an_item()])
    cache = Cache(table, clock)

    assert [cache.get(KEY), cache.get(KEY), cache.get_many([KEY])] == [
        an_item(),
        an_item(),
        {KEY: an_item()},
    ]
    assert table.asked == [KEY]


def test_several_at_once(clock):
    """If several items are requested, only those that are not cached are read."""
    items = [an_item(str(number)) for number in range(4)]
    keys = [item.key for item in items]
    table = Table(items[:3])
    cache = Cache(table, clock)
    cache.get(keys[1])

    assert cache.get_many(keys) == {item.key: item for item in items[:3]}
    assert cache.get_many(keys[:3]) == {item.key: item for item in items[:3]}
    assert table.asked == [keys[1], keys[0], keys[2], keys[3]]


def test_missing_items_are_not_cached(clock):
    """A station that was not there may be there the next time."""
    table = Table()
    cache = Cache(table, clock)
    before = cache.get(KEY)
    table[KEY] = an_item()

    assert (before, cache.get(KEY)) == (None, an_item())


def test_runs_are_kept_apart(clock):
    """The same station of another run is another item."""
    other = Item(Key(KEY.pk, "H#20131231T0000Z-1"), b"next")
    cache = Cache(Table([an_item(), other]), clock)

    assert [cache.get(KEY).body, cache.get(other.key).body, cache.get(KEY).body] == [
        b"body",
        b"next",
        b"body",
    ]


@pytest.mark.parametrize("other", [a_snapshot("anew"), a_snapshot(generation=1)])
def test_a_run_of_the_same_id(clock, other):
    """A run of another identity, or of another file, has items of its own under the same keys."""
    table = Table([an_item()])
    cache = Cache(table, clock)
    before = [cache.get(KEY), *cache.get_many([KEY]).values()]
    table[KEY] = anew = an_item(body=b"other")

    assert before == [an_item()] * 2
    assert [cache.get(KEY, other), *cache.get_many([KEY], other).values()] == [anew] * 2
    assert cache.get(KEY) == an_item()


def test_expired(clock):
    """An expired item is not returned; the table is read again."""
    item = an_item(expires_at=int((NOW + MINUTE).timestamp()))
    table = Table([item])
    cache = Cache(table, clock)
    before = cache.get(KEY)
    clock.now += MINUTE
    del table[KEY]

    assert (before, cache.get(KEY), cache.get_many([KEY])) == (item, None, {})
    assert table.asked == [KEY] * 3


FORECAST = Key("S#JFK", "F#20131230T0000Z-1")


def test_what_a_list_has_kept_is_checked(clock):
    """A lookup checks the item that a list has kept; if it is damaged, the table is read again."""
    table = Table([Item(FORECAST, b"damaged")])
    cache = Cache(table, clock)
    cache.get_many([FORECAST])
    for _ in range(2):
        with pytest.raises(FormatError, match="is damaged"):
            cache.get(FORECAST)
    table[FORECAST] = whole = Item(FORECAST, compress(b"{}"))

    assert [cache.get(FORECAST), cache.get_many([FORECAST])] == [whole, {FORECAST: whole}]
    assert table.asked == [FORECAST] * 3


def test_what_a_list_has_kept_is_checked_once(clock):
    """After the first lookup it is like any other."""
    whole = Item(FORECAST, compress(b"{}"))
    table = Table([whole])
    cache = Cache(table, clock)
    cache.get_many([FORECAST])

    assert [cache.get(FORECAST), cache.get(FORECAST)] == [whole, whole]
    assert table.asked == [FORECAST]


def test_bound(clock):
    """Beyond the limit, the items that were not requested for the longest time are dropped."""
    items = [an_item(str(number), bytes(400)) for number in range(4)]
    keys = [item.key for item in items]
    table = Table(items)
    cache = Cache(table, clock, most_bytes=3_000)
    for number in (0, 1, 2, 0, 3):
        cache.get(keys[number])
    table.asked.clear()
    for number in (0, 2, 3, 1):
        cache.get(keys[number])

    assert table.asked == [keys[1]]


def test_bound_after_expiry(clock):
    """Expired items do not count towards the limit."""
    expiring = an_item("0", bytes(400), expires_at=int((NOW + MINUTE).timestamp()))
    others = [an_item(str(number), bytes(400)) for number in range(1, 4)]
    table = Table([expiring, *others])
    cache = Cache(table, clock, most_bytes=3_000)
    cache.get_many([expiring.key, *(item.key for item in others[:2])])
    clock.now += MINUTE
    del table[expiring.key]
    cache.get(expiring.key)
    cache.get(others[2].key)
    table.asked.clear()

    assert len(cache.get_many([item.key for item in others])) == 3
    assert table.asked == []


@pytest.mark.parametrize("size", [2_401, 8_000])
def test_item_larger_than_the_bound(clock, size):
    """An item that is larger than the whole cache is returned, and not cached."""
    table = Table([an_item(body=bytes(size))])
    cache = Cache(table, clock, most_bytes=3_000)

    assert [len(cache.get(KEY).body), len(cache.get(KEY).body)] == [size] * 2
    assert table.asked == [KEY] * 2
