"""The store protocol: what the API and the nightly run need from the database with the table.

Three stores implement it: `forecasts.stores.sqlite` on one machine, and on AWS
`forecasts.stores.dynamodb.boto` and, for the hot path, `forecasts.stores.dynamodb.direct`. One
contract suite tests them all.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from forecasts.item import Item, Key


class Reader(Protocol):
    """What the API needs from a store."""

    def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None if it does not exist or has expired.

        Raises:
            StoreError: The store could not answer.
        """
        ...

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*, however many; missing ones are left out.

        Raises:
            StoreError: The store could not answer for every key.
        """
        ...

    def query(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the items of a partition whose sort key begins with *prefix*, by sort key.

        Expired ones are left out.

        Raises:
            StoreError: The store could not answer.
        """
        ...

    def generation(self) -> int | None:
        """Return which database is open, without a request or a read.

        Returns:
            How often another database has taken the place of the one that was open before. None if
            that has just happened: the next read opens the other one, or fails.

        Raises:
            StoreError: The database is gone.
        """
        ...


class Store(Reader, Protocol):
    """What the nightly run needs from a store."""

    def put(self, item: Item, *, expected: int) -> None:
        """Put one item on the condition that it is still at version *expected*.

        Args:
            item: The item, with its new version.
            expected: The version the writer read; 0 if the item must not exist yet.

        Raises:
            ConflictError: The item is at another version; nothing was written.
            StoreError: The store could not write.
        """
        ...

    def put_many(self, items: Iterable[Item]) -> float:
        """Put items without a condition; each replaces the item at its key.

        This is not atomic: readers must not look for the items before it returns.

        Returns:
            Write units consumed: 1 for each begun kilobyte of each item; 0 if writes are free.

        Raises:
            StoreError: Some items were not written.
        """
        ...

    def close(self) -> None:
        """Close files and connections."""
        ...
