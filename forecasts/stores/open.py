"""Opens the store that a URL names: `sqlite:///forecasts.db`, `dynamodb://stationcast`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecasts.errors import StoreURLError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from forecasts.stores.protocol import Store


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
            boto3 (`forecasts.stores.dynamodb.direct`). None for boto3.
        loads: With `environment`: reads what DynamoDB answers, as `dynamodb_reader.read_answer`
            does; None for that.

    Raises:
        StoreURLError: No such kind of store.
        StoreError: It cannot be opened.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from forecasts.stores.sqlite import SQLiteStore  # noqa: PLC0415 -- not needed on Lambda

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
        from forecasts.stores.pace import Pace  # noqa: PLC0415 -- only writers have one

        pace = Pace(write_rate)
    if environment is None:
        from forecasts.stores.dynamodb.boto import DynamoDBStore  # noqa: PLC0415 -- boto3 is slow to import

        return DynamoDBStore(table, clock, pace=pace)
    from forecasts.stores.dynamodb.direct import open_reader  # noqa: PLC0415 -- not needed for SQLite

    return open_reader(table, clock, environment, pace, loads)
