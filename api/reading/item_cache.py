"""Forecasts and histories that this process has read before.

Both are written before their run is published and never change, so a kept item is as good as a new
read, until it expires. Items of a run of the same id in a store that was made anew are others: what
is kept is found by the edition of the run, see `api.reading.snapshot`.

A forecast that is sent as it is was checked once: when a lookup first asked for it. Lists read
every body anyway.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime

from api.reading.async_store import AsyncStore
from api.reading.snapshot import Snapshot
from forecasts.item import Item, Key, check_forecast, is_expired

#: Some 4,000 stations of seven parameters; a Lambda function has 1 GB.
MOST_BYTES = 8_000_000

#: An edition, and a key.
Place = tuple[Hashable, Key]

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
        self._kept: dict[Place, Item] = {}
        self._unchecked: set[Place] = set()

    async def get(self, snapshot: Snapshot, key: Key) -> Item | None:
        """Return the item of a run at *key*; None if there is none or it has expired.

        Raises:
            FormatError: It is a damaged forecast, which is not kept.
            StoreError: The store could not answer.
        """
        place = (snapshot.edition, key)
        kept = self._again(place)
        if kept and place not in self._unchecked:
            return kept
        item = kept or await self._store.get(key)
        if item:
            self._drop(place)
            check_forecast(item)
            self._keep(place, item)
        return item

    async def get_many(self, snapshot: Snapshot, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items of a run at *keys*, unchecked; missing ones are left out.

        The caller reads the bodies, and drops the items that are damaged.

        Raises:
            StoreError: The store could not answer for every key.
        """
        edition = snapshot.edition
        found = {key: kept for key in keys if (kept := self._again((edition, key)))}
        read = await self._store.get_many([key for key in keys if key not in found])
        for key, item in read.items():
            self._keep((edition, key), item)
        self._unchecked |= {(edition, key) for key in read} & self._kept.keys()
        return found | read

    def drop(self, snapshot: Snapshot, key: Key) -> None:
        """Keep the item of a run at *key* no longer."""
        self._drop((snapshot.edition, key))

    def _drop(self, place: Place) -> None:
        item = self._kept.pop(place, None)
        self._unchecked.discard(place)
        if item:
            self._bytes -= _size(item)

    def _again(self, place: Place) -> Item | None:
        item = self._kept.get(place)
        if item is None:
            return None
        if is_expired(item, self._clock()):
            self._drop(place)
            return None
        self._kept[place] = self._kept.pop(place)
        return item

    def _keep(self, place: Place, item: Item) -> None:
        # Another request may have read the same item meanwhile.
        self._drop(place)
        self._bytes += _size(item)
        self._kept[place] = item
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))


def _size(item: Item) -> int:
    return len(item.body) + _OVERHEAD_BYTES
