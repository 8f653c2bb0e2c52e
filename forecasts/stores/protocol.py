"""The store protocol: what reader and writer need from the database that holds the table.

Three stores implement it: `forecasts.stores.sqlite` on one machine, on AWS
`forecasts.stores.dynamodb.boto` and, for the hot path, `forecasts.stores.dynamodb.direct`. One
contract suite runs on all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

    def query(self, pk: str) -> list[Item]:
        """Return all items of a partition, by ascending sort key, without the expired ones.

        Raises:
            StoreError: The store could not answer.
        """
        ...


class Store(Reader, Protocol):
    """What the nightly run needs from a store."""

    def put(self, item: Item, *, expected: int) -> None:
        """Put one item on the condition that it is still at version *expected*.

        Args:
            item: With the version it gets.
            expected: The version the writer read; 0 when the item must not exist yet.

        Raises:
            ConflictError: Another writer was first; nothing was written.
            StoreError: The store could not write.
        """
        ...

    def put_many(self, items: Iterable[Item]) -> float:
        """Put items without a condition, each replacing what was at its key.

        Not atomic as a whole: readers must not look for the items before it returns.

        Returns:
            Write units consumed: 1 for each item and begun kilobyte; 0 if writes are free.

        Raises:
            StoreError: Not every item was written.
        """
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...
