"""A fast DynamoDB client for the few calls on the hot path: lookups, and a night's many items.

It signs and sends GetItem, BatchGetItem, Query and BatchWriteItem itself, over kept connections, at
an eighth of the cost of boto3 (decision 14). Like boto3, it replaces temporary credentials before
they expire, checks the checksums of responses, and retries on throttling, faults and lost
connections. Unlike boto3, it corrects for clock skew. Conditional puts go through boto3, because
they must not be sent twice.

With `STATIONCAST_DYNAMODB_CLIENT=boto3` it is not used.
"""

from __future__ import annotations

import json
import os
import zlib
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from forecasts.aws.http import Connections
from forecasts.aws.sigv4 import Signer
from forecasts.errors import StoreError, TransientError
from forecasts.item import Key, is_expired, unexpired
from forecasts.stores.dynamodb.access import lambda_access, server_of
from forecasts.stores.dynamodb.attributes import from_json, key_json, query_condition, to_json
from forecasts.stores.dynamodb.retries import (
    GET_BATCH,
    TRIES_OF_A_CALL,
    UNREACHABLE,
    Waits,
    advised,
    chunks,
    must_be_consistent,
    send_all,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from forecasts.aws.http import Response
    from forecasts.item import Item
    from forecasts.stores.dynamodb.access import Access
    from forecasts.stores.dynamodb.boto import DynamoDBStore
    from forecasts.stores.pace import Pace
    from forecasts.stores.protocol import Store

_VERSION = "DynamoDB_20120810"
_CONTENT_TYPE = "application/x-amz-json-1.0"

#: HTTP statuses and error codes that are retried, the same as in botocore.
_FAULTS = {500, 502, 503, 504}
_THROTTLED = {
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
}

#: Error codes for a request whose signature has the wrong time.
_MISTIMED = {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}
#: A smaller difference does not matter; AWS accepts five minutes.
_SMALL_SKEW = timedelta(minutes=1)

_encode = json.JSONEncoder(separators=(",", ":")).encode


class DirectDynamoDBStore:
    """The table in DynamoDB, without boto3. May be used from several threads.

    Args:
        table: Name of the table.
        clock: Returns the aware time for expiry and for signatures.
        access: How DynamoDB is reached.
        writer: Makes the store for conditional puts; called before the first one.
        connections: Connections to the server of *access*; None for new ones.
        pace: Caps the write units of `put_many`; None for no cap.
        waits: The waits between tries; None for the usual ones.

    Raises:
        StoreError: The endpoint is not a URL, or the certificates cannot be read.
    """

    def __init__(
        self,
        table: str,
        clock: Callable[[], datetime],
        access: Access,
        writer: Callable[[], Store],
        *,
        connections: Connections | None = None,
        pace: Pace | None = None,
        waits: Waits | None = None,
    ) -> None:
        server = server_of(access)
        self._table = table
        self._table_json = f'"TableName":{_encode(table)}'
        self._clock = clock
        self._credentials = access.credentials
        self._signer = Signer("dynamodb", access.region, server.authority)
        self._connections = connections or Connections(server)
        self._pace = pace
        self._waits = waits or Waits()
        self._skew = timedelta()
        self._make_writer = writer
        self._writer: Store | None = None

    def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None if it does not exist or has expired."""
        # The API's hot path: written by hand, because the encoder takes four times as long.
        consistent = "true" if must_be_consistent(key.pk) else "false"
        found = self._call(
            "GetItem",
            f'{{{self._table_json},"Key":{key_json(key)},"ConsistentRead":{consistent}}}',
        )
        if "Item" not in found:
            return None
        item = from_json(found["Item"])
        return None if is_expired(item, self._clock()) else item

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*, however many; missing ones are left out."""
        now = self._clock()
        batches = chunks(dict.fromkeys(keys), GET_BATCH)
        found = [item for batch in batches for item in self._get_batch(batch)]
        return {item.key: item for item in unexpired(found, now)}

    def query(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the items of a partition whose sort key begins with *prefix*, by sort key."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": must_be_consistent(pk),
            **query_condition(pk, prefix),
        }
        now = self._clock()
        items: list[Item] = []
        while True:
            page = self._call("Query", _encode(request))
            items += map(from_json, page["Items"])
            if "LastEvaluatedKey" not in page:
                return unexpired(items, now)
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def generation(self) -> int | None:
        """Return 0: a table is reached by its name, so nothing that is open can be outdated."""
        return 0

    def put(self, item: Item, *, expected: int) -> None:
        """Put one item on the condition that it is still at version *expected*, through boto3."""
        self._for_writing().put(item, expected=expected)

    def put_many(self, items: Iterable[Item]) -> float:
        """Put items without a condition, several batches at a time; return write units consumed.

        *items* is read while batches are being written. If items have the same key, the last wins.
        """
        from forecasts.stores.dynamodb.batches import put_batches  # noqa: PLC0415 -- not needed to read

        return put_batches(items, self._put_batch)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()
        if self._writer:
            self._writer.close()

    def _for_writing(self) -> Store:
        # Two threads may each make a store at the same time; one is dropped, which is harmless.
        self._writer = self._writer or self._make_writer()
        return self._writer

    def _get_batch(self, keys: Sequence[Key]) -> list[Item]:
        consistent = "true" if any(must_be_consistent(key.pk) for key in keys) else "false"
        table = _encode(self._table)
        found: list[Item] = []

        def get(rest: list[Key]) -> list[Key]:
            listed = ",".join(map(key_json, rest))
            batch = self._call(
                "BatchGetItem",
                f'{{"RequestItems":{{{table}:{{"Keys":[{listed}],"ConsistentRead":{consistent}}}}}}}',
            )
            found.extend(map(from_json, batch["Responses"][self._table]))
            left = batch["UnprocessedKeys"].get(self._table, {"Keys": []})
            return [Key(key["pk"]["S"], key["sk"]["S"]) for key in left["Keys"]]

        send_all(self._table, list(keys), get, self._waits)
        return found

    def _put_batch(self, items: Sequence[Item]) -> float:
        units: list[float] = []

        def put(rest: list[Any]) -> list[Any]:
            request = {"RequestItems": {self._table: rest}, "ReturnConsumedCapacity": "TOTAL"}
            written = self._call("BatchWriteItem", _encode(request))
            used = sum(table["CapacityUnits"] for table in written["ConsumedCapacity"])
            units.append(used)
            if self._pace:
                self._pace.used(used)
            left: list[Any] = written["UnprocessedItems"].get(self._table, [])
            return left

        requests: list[Any] = [{"PutRequest": {"Item": to_json(item)}} for item in items]
        send_all(self._table, requests, put, self._waits)
        return sum(units)

    def _call(self, operation: str, request: str) -> Any:
        """Send a request, a few times if necessary; return the parsed response.

        Raises:
            StoreError: DynamoDB refused the request, or could not be reached.
        """
        body = request.encode()
        for failures in range(TRIES_OF_A_CALL - 1):
            try:
                return self._send(operation, body)
            except TransientError:
                self._waits.wait(failures)
        return self._send(operation, body)

    def _send(self, operation: str, body: bytes) -> Any:
        now = self._clock().astimezone(UTC) + self._skew
        fields = {"content-type": _CONTENT_TYPE, "x-amz-target": f"{_VERSION}.{operation}"}
        head = self._signer.head(self._credentials(), now, "POST", "/", fields, body)
        length = f"accept-encoding: identity\r\ncontent-length: {len(body)}\r\n\r\n"
        try:
            response = self._connections.send((head + length).encode() + body)
        except (OSError, HTTPException) as error:
            raise TransientError(f"{self._name()}: {UNREACHABLE}: {error!r}") from error
        checksum = response.fields.get(b"x-amz-crc32")
        if checksum and checksum != b"%d" % zlib.crc32(response.body):
            raise TransientError(f"{self._name()}: a response was damaged on its way")
        if response.status != HTTPStatus.OK:
            raise self._refusal(operation, response)
        try:
            return json.loads(response.body)
        except ValueError as error:
            raise TransientError(f"{self._name()}: the response is not JSON: {error}") from error

    def _refusal(self, operation: str, response: Response) -> StoreError:
        """Make the error for a refused request; its message is worded like botocore's."""
        code, message = _error_of(response)
        text = f"An error occurred ({code}) when calling the {operation} operation: {message}"
        said = f"{self._name()}: {advised(code, text)}"
        again = response.status in _FAULTS or code in _THROTTLED
        if again or (code in _MISTIMED and self._sets_its_clock(response)):
            return TransientError(said)
        return StoreError(said)

    def _sets_its_clock(self, response: Response) -> bool:
        """Follow the server's clock from now on; return whether that makes a difference."""
        try:
            time = parsedate_to_datetime(response.fields.get(b"date", b"").decode("latin-1"))
        except ValueError:
            return False
        skew = time - self._clock()
        differs = abs(skew - self._skew) > _SMALL_SKEW
        self._skew = skew
        return differs

    def _name(self) -> str:
        return f"DynamoDB table {self._table}"


def open_direct(table: str, clock: Callable[[], datetime], pace: Pace | None = None) -> Store:
    """Open the table for fast calls, configured by the environment or by boto3.

    Args:
        table: Name of the table.
        clock: Returns the aware time.
        pace: Caps the write units of `put_many`; None for no cap.

    Returns:
        The direct store; boto3's store if there is a proxy, which only boto3 supports.

    Raises:
        StoreError: There is no region, or the endpoint is not a URL.
    """

    def boto3_store() -> DynamoDBStore:
        from forecasts.stores.dynamodb import boto  # noqa: PLC0415 -- boto3 is slow to import

        return boto.DynamoDBStore(table, clock, pace=pace)

    environment = os.environ  # noqa: TID251 -- boto3 reads credentials and region there, too
    access = lambda_access(environment)
    if access:
        return DirectDynamoDBStore(table, clock, access, boto3_store, pace=pace)
    store = boto3_store()
    access = store.access(environment)
    if access is None:
        return store
    return DirectDynamoDBStore(table, clock, access, lambda: store, pace=pace)


def _error_of(response: Response) -> tuple[str, str]:
    """Read the code and message of an error, which is not JSON if a load balancer sent it."""
    try:
        fields = json.loads(response.body)
        code = fields.get("__type", "").rpartition("#")[2]
        message = fields.get("message") or fields.get("Message", "")
    except (ValueError, AttributeError):
        code, message = "", ""
    return code or str(response.status), message
