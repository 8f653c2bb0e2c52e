"""Forecasts and histories that this process has read before.

Both are read under the run that made them, stand in the table before anybody is led to that run,
and never change. So what was read once is as good as what would be read now, until it expires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasts.item import is_expired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from forecasts.item import Item, Key
    from forecasts.stores.protocol import Reader

#: Some 4,000 stations of seven parameters; a function has 1 GB.
MOST_BYTES = 8_000_000

#: Of an item, beside its body, in this process.
_OVERHEAD_BYTES = 600


class Warm:
    """Reads items that never change, and keeps those that were asked for last.

    For one thread at a time: that of the event loop.

    Args:
        store: Holds the items.
        clock: Gives the aware time by which they expire.
        most_bytes: What is kept at most.
    """

    def __init__(
        self, store: Reader, clock: Callable[[], datetime], most_bytes: int = MOST_BYTES
    ) -> None:
        self._store = store
        self._clock = clock
        self._most_bytes = most_bytes
        self._bytes = 0
        #: Those that were asked for last, last.
        self._kept: dict[Key, Item] = {}

    def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None where there is none or it has expired.

        Raises:
            StoreError: The store could not answer.
        """
        kept = self._again(key)
        if kept:
            return kept
        item = self._store.get(key)
        if item:
            self._keep(item)
        return item

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*, however many; what is not there is left out.

        Raises:
            StoreError: The store could not answer for every key.
        """
        found = {key: kept for key in keys if (kept := self._again(key))}
        read = self._store.get_many([key for key in keys if key not in found])
        for item in read.values():
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
        self._kept[item.key] = item
        self._bytes += _size(item)
        while self._bytes > self._most_bytes:
            self._bytes -= _size(self._kept.pop(next(iter(self._kept))))


def _size(item: Item) -> int:
    return len(item.body) + _OVERHEAD_BYTES
