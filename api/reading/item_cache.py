"""Forecasts and histories that this process has read before.

Both are written before their run is published and never change, so a kept item is as good as a new
read, until it expires. Forecasts are sent as they are, so they are checked: once, when they are
read, because that is the only moment at which a damaged one can come in.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from api.reading.async_store import AsyncStore
from forecasts.errors import FormatError
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
        check: Raises `FormatError` for an item that is damaged.
    """

    def __init__(
        self,
        store: AsyncStore,
        clock: Callable[[], datetime],
        most_bytes: int = MOST_BYTES,
        check: Callable[[Item], None] = check_forecast,
    ) -> None:
        self._store = store
        self._clock = clock
        self._most_bytes = most_bytes
        self._check = check
        self._bytes = 0
        #: In the order they were asked for, the latest last.
        self._kept: dict[Key, Item] = {}

    async def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None if there is none or it has expired.

        Raises:
            FormatError: It is a damaged forecast.
            StoreError: The store could not answer.
        """
        kept = self._again(key)
        if kept:
            return kept
        item = await self._store.get(key)
        if item:
            self._keep(item)
        return item

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*; missing ones are left out.

        A damaged forecast is returned, but not kept: it costs only itself.

        Raises:
            StoreError: The store could not answer for every key.
        """
        found = {key: kept for key in keys if (kept := self._again(key))}
        read = await self._store.get_many([key for key in keys if key not in found])
        for item in read.values():
            with suppress(FormatError):
                self._keep(item)
        return found | read

    def _again(self, key: Key) -> Item | None:
        item = self._kept.pop(key, None)
        if item is None:
            return None
        if is_expired(item, self._clock()):
            self._bytes -= _size(item)
            return None
        self._kept[key] = item
        return item

    def _keep(self, item: Item) -> None:
        self._check(item)
        # Another request may have read the same item meanwhile.
        before = self._kept.pop(item.key, None)
        self._bytes += _size(item) - (_size(before) if before else 0)
        self._kept[item.key] = item
        while self._bytes > self._most_bytes:
            self._bytes -= _size(self._kept.pop(next(iter(self._kept))))


def _size(item: Item) -> int:
    return len(item.body) + _OVERHEAD_BYTES
