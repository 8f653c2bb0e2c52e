"""The store protocol: what reader and writer ask of the database that holds the table.

Two stores keep it, `forecasts.sqlite` (one machine) and `forecasts.dynamodb` (production), which
`forecasts.dynamodb_reader` reads in a hurry; the same contract suite runs on all of them. A store
is named by a URL: `sqlite:///forecasts.db`, `dynamodb://stationcast`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from forecasts.errors import StoreURLError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

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


def open_store(
    url: str,
    clock: Callable[[], datetime],
    *,
    create: bool = False,
    write_rate: float = 0.0,
    environment: Mapping[str, str] | None = None,
    loads: Callable[[bytes], Any] | None = None,
) -> Store:
    """Open the store that *url* names.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `dynamodb://table`.
        clock: Gives the aware time by which items expire.
        create: Make the SQLite file where there is none. A DynamoDB table is made by the template.
        write_rate: Write units a second that `put_many` may use; 0 for no cap. SQLite charges none.
        environment: The variables of a process that reads or puts much: it then does so without
            boto3 (`forecasts.dynamodb_reader`). None for boto3.
        loads: With `environment`: reads what DynamoDB answers, as `dynamodb_reader.read_answer`
            does; None for that.

    Raises:
        StoreURLError: No such kind of store.
        StoreError: It cannot be opened.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from forecasts.sqlite import SQLiteStore  # noqa: PLC0415 -- not needed on Lambda

        return SQLiteStore(rest[1:], clock, create=create)
    if scheme == "dynamodb" and rest:
        return _open_dynamodb(rest, clock, write_rate, environment, loads)
    raise StoreURLError(
        f"{url!r} names no store; write sqlite:///forecasts.db or dynamodb://table-name"
    )


def _open_dynamodb(
    table: str,
    clock: Callable[[], datetime],
    write_rate: float,
    environment: Mapping[str, str] | None,
    loads: Callable[[bytes], Any] | None,
) -> Store:
    pace = None
    if write_rate:
        from forecasts.pace import Pace  # noqa: PLC0415 -- only writers have one

        pace = Pace(write_rate)
    if environment is None:
        from forecasts.dynamodb import DynamoDBStore  # noqa: PLC0415 -- boto3 is slow to import

        return DynamoDBStore(table, clock, pace=pace)
    from forecasts.dynamodb_reader import open_reader  # noqa: PLC0415 -- not needed for SQLite

    return open_reader(table, clock, environment, pace, loads)
