"""Forecasts and histories that this process has read before.

Both are written before their run is published and never change, so a kept item is as good as a new
read, until it expires. A forecast that is sent as it is was checked once: when a lookup first asked
for it. Lists read every body anyway.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from api.reading.async_store import AsyncStore
from forecasts.item import Item, Key, check_forecast, is_expired

#: Some 4,000 stations of seven parameters; a Lambda function has 1 GB.
MOST_BYTES = 8_000_000

#: What an item takes in this process beside its body.
_OVERHEAD_BYTES = 600


class ItemCache:
    """Reads items that never change, and keeps those that were asked for last.

    Args:
        store: Holds the items.
        clock: Gives the aware time by which they expire.
        most_bytes: How much is kept.
    """

    def __init__(
        self, store: AsyncStore, clock: Callable[[], datetime], most_bytes: int = MOST_BYTES
    ) -> None:
        self._store = store
        self._clock = clock
        self._most_bytes = most_bytes
        self._bytes = 0
        #: In the order they were asked for, the latest last.
        self._kept: dict[Key, Item] = {}
        self._unchecked: set[Key] = set()

    async def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None if there is none or it has expired.

        Raises:
            FormatError: It is a damaged forecast, which is not kept.
            StoreError: The store could not answer.
        """
        kept = self._again(key)
        if kept and key not in self._unchecked:
            return kept
        item = kept or await self._store.get(key)
        if item:
            self.drop(key)
            check_forecast(item)
            self._keep(item)
        return item

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*, unchecked; missing ones are left out.

        The caller reads the bodies, and drops the items that are damaged.

        Raises:
            StoreError: The store could not answer for every key.
        """
        found = {key: kept for key in keys if (kept := self._again(key))}
        read = await self._store.get_many([key for key in keys if key not in found])
        for item in read.values():
            self._keep(item)
        self._unchecked |= read.keys() & self._kept.keys()
        return found | read

    def drop(self, key: Key) -> None:
        """Keep the item at *key* no longer."""
        item = self._kept.pop(key, None)
        self._unchecked.discard(key)
        if item:
            self._bytes -= _size(item)

    def _again(self, key: Key) -> Item | None:
        item = self._kept.get(key)
        if item is None:
            return None
        if is_expired(item, self._clock()):
            self.drop(key)
            return None
        self._kept[key] = self._kept.pop(key)
        return item

    def _keep(self, item: Item) -> None:
        # Another request may have read the same item meanwhile.
        self.drop(item.key)
        self._bytes += _size(item)
        self._kept[item.key] = item
        while self._bytes > self._most_bytes:
            self.drop(next(iter(self._kept)))


def _size(item: Item) -> int:
    return len(item.body) + _OVERHEAD_BYTES
