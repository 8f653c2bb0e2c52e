"""A store that goes on with the file that is there now, if its own one was replaced."""

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import TypeVar

from forecasts.errors import StoreError
from forecasts.item import Item, Key
from forecasts.stores.protocol import Store

T = TypeVar("T")


class FollowingStore:
    """A store for a server, which runs for longer than a file may be there.

    It looks at the file when it is asked for its `generation`, as the API does for each request,
    and before it writes.

    Args:
        open_: Opens the store.

    Raises:
        StoreError: The store cannot be opened.
    """

    def __init__(self, open_: Callable[[], Store]) -> None:
        self._open = open_
        #: The store, and how many were open before it.
        self._opened = (open_(), 0)
        self._is_replaced = False
        self._opening = Lock()

    def generation(self) -> int | None:
        """Return how many stores were open before this one; None if it was replaced just now.

        Raises:
            StoreError: The file is gone.
        """
        store, generation = self._opened
        # Once it is closed, another file may have the number of its file.
        if self._is_replaced or store.generation() is None:
            self._is_replaced = True
            return None
        return generation

    def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None if it does not exist or has expired."""
        return self._read(lambda store: store.get(key))

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*, however many; missing ones are left out."""
        return self._read(lambda store: store.get_many(keys))

    def query(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the items of a partition whose sort key begins with *prefix*, by sort key."""
        return self._read(lambda store: store.query(pk, prefix))

    def put(self, item: Item, *, expected: int) -> None:
        """Put one item on the condition that it is still at version *expected*."""
        self.generation()
        self._current().put(item, expected=expected)

    def put_many(self, items: Iterable[Item]) -> float:
        """Put items without a condition; each replaces the item at its key."""
        self.generation()
        return self._current().put_many(items)

    def close(self) -> None:
        """Close the store."""
        self._opened[0].close()

    def _read(self, read: Callable[[Store], T]) -> T:
        store = self._current()
        try:
            return read(store)
        except StoreError:
            # Another thread may have closed it meanwhile, because it was replaced.
            if self._current() is store:
                raise
            return read(self._current())

    def _current(self) -> Store:
        if self._is_replaced:
            with self._opening:
                # Another thread may have opened the next one while this one waited.
                self._opened = self._next() if self._is_replaced else self._opened
                self._is_replaced = False
        return self._opened[0]

    def _next(self) -> tuple[Store, int]:
        store, generation = self._opened
        store.close()
        return self._open(), generation + 1
