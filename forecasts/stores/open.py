"""Opens the store that a URL names: `sqlite:///forecasts.db`, `dynamodb://stationcast`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from forecasts.errors import StoreSettingError, StoreURLError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from forecasts.stores.protocol import Store

_SWITCH = "STATIONCAST_DYNAMODB_CLIENT"


class DynamoDBClient(StrEnum):
    """The two clients of DynamoDB. A SQLite store uses neither."""

    BOTO3 = "boto3"
    #: Faster, see `forecasts.stores.dynamodb.direct`.
    DIRECT = "direct"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> DynamoDBClient:
        """Read the switch `STATIONCAST_DYNAMODB_CLIENT`; the direct client if it is not set.

        Raises:
            StoreSettingError: Its value is not a client.
        """
        name = environment.get(_SWITCH) or cls.DIRECT
        try:
            return cls(name)
        except ValueError as error:
            raise StoreSettingError(f"{_SWITCH} is {name!r}; write direct or boto3") from error


def open_store(
    url: str,
    clock: Callable[[], datetime],
    *,
    create: bool = False,
    write_rate: float = 0.0,
    client: DynamoDBClient = DynamoDBClient.BOTO3,
) -> Store:
    """Open the store that *url* names.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `dynamodb://table`.
        clock: Returns the aware time that decides whether an item has expired.
        create: Create the SQLite file if it does not exist. `template.yaml` creates the DynamoDB
            table.
        write_rate: Write units a second that `put_many` may use; 0 for no cap. No effect on SQLite.
        client: The client to reach DynamoDB with.

    Raises:
        StoreURLError: The URL has none of these forms.
        StoreError: The store cannot be opened.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from forecasts.stores.sqlite import SQLiteStore  # noqa: PLC0415 -- not needed on Lambda

        return SQLiteStore(rest[1:], clock, create=create)
    if scheme == "dynamodb" and rest:
        return _open_dynamodb(rest, clock, write_rate, client)
    raise StoreURLError(
        f"{url!r} names no store; write sqlite:///forecasts.db or dynamodb://table-name"
    )


def _open_dynamodb(
    table: str, clock: Callable[[], datetime], write_rate: float, client: DynamoDBClient
) -> Store:
    pace = None
    if write_rate:
        from forecasts.stores.pace import Pace  # noqa: PLC0415 -- only writers have one

        pace = Pace(write_rate)
    if client is DynamoDBClient.BOTO3:
        from forecasts.stores.dynamodb.boto import DynamoDBStore  # noqa: PLC0415 -- boto3 is slow to import

        return DynamoDBStore(table, clock, pace=pace)
    from forecasts.stores.dynamodb.direct import open_direct  # noqa: PLC0415 -- not needed for SQLite

    return open_direct(table, clock, pace)
