"""The store protocol: what reader and writer ask of the database that holds the table.

Two stores keep it, `forecasts.stores.sqlite` (one machine) and `forecasts.stores.dynamodb.boto`
(production), which `forecasts.stores.dynamodb.direct` reads in a hurry; the same contract suite
runs on all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forecasts.item import Item, Key


class Reader(Protocol):
    """What the API asks of a store."""

    def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None where there is none or it has expired.

        Raises:
            StoreError: The store could not answer.
        """
        ...

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*, however many; what is not there is left out.

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
    """What the nightly run asks of a store."""

    def put(self, item: Item, *, expected: int) -> None:
        """Put one item on the condition that it is still at version *expected*.

        Args:
            item: With the version it gets.
            expected: The version the writer read; 0 when the item must not exist yet.

        Raises:
            ConflictError: Somebody else was first; nothing was written.
            StoreError: The store could not write.
        """
        ...

    def put_many(self, items: Iterable[Item]) -> float:
        """Put items without a condition, each replacing what was at its key.

        Not atomic as a whole: readers must not look for the items before it returns.

        Returns:
            Write units consumed: 1 for each item and begun kilobyte. 0 where writes cost nothing.

        Raises:
            StoreError: Not every item was written.
        """
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...
