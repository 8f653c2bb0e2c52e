"""The table in DynamoDB, over boto3.

boto3 finds region, credentials and endpoint by itself: from `AWS_DEFAULT_REGION` (it does not read
`AWS_REGION`), the role of the function, and `AWS_ENDPOINT_URL_DYNAMODB` for a table on this
machine. `template.yaml` creates the table.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 -- botocore's, which is not an OSError
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
)
from botocore.session import get_session
from botocore.utils import get_environ_proxies

from forecasts.aws.http import CONNECT_SECONDS, READ_SECONDS
from forecasts.aws.sigv4 import Credentials
from forecasts.errors import ConflictError, StoreError
from forecasts.item import Item, Key, is_expired, unexpired
from forecasts.stores.dynamodb.access import Access
from forecasts.stores.dynamodb.attributes import (
    from_attributes,
    key_attributes,
    put_condition,
    query_condition,
    to_attributes,
)
from forecasts.stores.dynamodb.batches import IN_FLIGHT, put_batches
from forecasts.stores.dynamodb.retries import (
    GET_BATCH,
    NO_CREDENTIALS,
    TRIES_OF_A_CALL,
    UNREACHABLE,
    Waits,
    advised,
    chunks,
    must_be_consistent,
    send_all,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from forecasts.stores.pace import Pace

# Connections are opened as needed: at most one for each batch in flight and for each of the 40
# threads of a server.
_CONFIG = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": TRIES_OF_A_CALL},
    max_pool_connections=IN_FLIGHT + 40,
    # Our calls always have the same form, and DynamoDB validates them, too.
    parameter_validation=False,
)


class DynamoDBStore:
    """The table in DynamoDB. May be used from several threads.

    Args:
        table: Name of the table.
        clock: Returns the aware time that decides whether an item has expired.
        client: A boto3 client; None for one that boto3 configures by itself.
        pace: Caps the write units of `put_many`; None for no cap.
        waits: The waits before the rest of a batch is sent again; None for the usual ones.

    Raises:
        StoreError: boto3 finds no region, or the endpoint is not a URL.
    """

    def __init__(
        self,
        table: str,
        clock: Callable[[], datetime],
        client: DynamoDBClient | None = None,
        *,
        pace: Pace | None = None,
        waits: Waits | None = None,
    ) -> None:
        self._table = table
        self._pace = pace
        self._clock = clock
        self._waits = waits or Waits()
        self._client = client or self._connect()

    def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None if it does not exist or has expired."""
        with self._translated():
            found = self._client.get_item(
                TableName=self._table,
                Key=key_attributes(key),
                ConsistentRead=must_be_consistent(key.pk),
            )
        if "Item" not in found:
            return None
        item = from_attributes(found["Item"])
        return None if is_expired(item, self._clock()) else item

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*, however many; missing ones are left out."""
        now = self._clock()
        batches = chunks(dict.fromkeys(keys), GET_BATCH)
        found = [item for batch in batches for item in self._get_batch(batch)]
        return {item.key: item for item in unexpired(found, now)}

    def query(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the items of a partition whose sort key begins with *prefix*, by sort key."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=must_be_consistent(pk),
            **query_condition(pk, prefix),
        )
        now = self._clock()
        with self._translated():
            items = [from_attributes(row) for page in pages for row in page["Items"]]
        return unexpired(items, now)

    def generation(self) -> int | None:
        """Return 0: a table is reached by its name, so nothing that is open can be outdated."""
        return 0

    def put(self, item: Item, *, expected: int) -> None:
        """Put one item on the condition that it is still at version *expected*.

        If the response to a put is lost, botocore's next try finds the item that the first one
        wrote, and this raises `ConflictError`, too. So callers read before they try again.
        """
        with self._translated():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=to_attributes(item),
                    **put_condition(expected, self._clock()),
                )
            except self._client.exceptions.ConditionalCheckFailedException as error:
                raise ConflictError(*item.key, expected) from error

    def put_many(self, items: Iterable[Item]) -> float:
        """Put items without a condition, several batches at a time; return write units consumed.

        *items* is read while batches are being written. If items have the same key, the last wins.
        """
        return put_batches(items, self._put_batch)

    def access(self, environment: Mapping[str, str]) -> Access | None:
        """Return how boto3 reaches DynamoDB; None if it uses a proxy.

        Args:
            environment: The variables of the process.
        """
        endpoint = self._client.meta.endpoint_url
        if get_environ_proxies(endpoint):
            return None
        found = boto3.DEFAULT_SESSION.get_credentials() if boto3.DEFAULT_SESSION else None

        def credentials() -> Credentials:
            if found is None:
                raise StoreError(f"DynamoDB table {self._table}: {NO_CREDENTIALS}")
            with self._translated():
                keys = found.get_frozen_credentials()
            return Credentials(keys.access_key or "", keys.secret_key or "", keys.token)

        certificates = get_session().get_config_variable("ca_bundle")
        certificates = certificates or environment.get("REQUESTS_CA_BUNDLE")
        return Access(self._client.meta.region_name, endpoint, credentials, certificates)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _connect(self) -> DynamoDBClient:
        with self._translated():
            try:
                return boto3.client("dynamodb", config=_CONFIG)
            except ValueError as error:  # a malformed AWS_ENDPOINT_URL_DYNAMODB
                raise StoreError(f"DynamoDB table {self._table}: {error}") from error

    def _get_batch(self, keys: Sequence[Key]) -> list[Item]:
        consistent = any(must_be_consistent(key.pk) for key in keys)
        found: list[Item] = []

        def get(rest: list[Any]) -> list[Any]:
            with self._translated():
                batch = self._client.batch_get_item(
                    RequestItems={self._table: {"Keys": rest, "ConsistentRead": consistent}}
                )
            found.extend(map(from_attributes, batch["Responses"][self._table]))
            left = batch["UnprocessedKeys"].get(self._table)
            return list(left["Keys"]) if left else []

        send_all(self._table, [key_attributes(key) for key in keys], get, self._waits)
        return found

    def _put_batch(self, items: Sequence[Item]) -> float:
        units: list[float] = []

        def put(rest: list[Any]) -> list[Any]:
            with self._translated():
                written = self._client.batch_write_item(
                    RequestItems={self._table: rest}, ReturnConsumedCapacity="TOTAL"
                )
            used = sum(table["CapacityUnits"] for table in written["ConsumedCapacity"])
            units.append(used)
            if self._pace:
                self._pace.used(used)
            return written["UnprocessedItems"].get(self._table, [])

        requests: list[Any] = [{"PutRequest": {"Item": to_attributes(item)}} for item in items]
        send_all(self._table, requests, put, self._waits)
        return sum(units)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            raise StoreError(f"DynamoDB table {self._table}: {_advice(error)}") from error


def _advice(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        return advised(error.response["Error"]["Code"], str(error))
    if isinstance(error, NoRegionError):
        return "no region; set AWS_DEFAULT_REGION"
    if isinstance(error, NoCredentialsError):
        return NO_CREDENTIALS
    if isinstance(error, (ConnectionError, HTTPClientError)):
        return f"{UNREACHABLE}: {error}"
    return str(error)
