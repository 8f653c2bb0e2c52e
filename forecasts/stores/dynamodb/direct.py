"""The table in DynamoDB for who is in a hurry: the store of the API, and of a night's many items.

It signs and sends GetItem, BatchGetItem, Query and BatchWriteItem itself, over kept connections, at
an eighth of the cost of boto3, which `docs/decisions/0014-thin-reader.md` has in numbers. What it
does as boto3 does: temporary credentials that are replaced before they expire, checksums of
answers, a few tries on throttling, faults and lost connections. What boto3 does not: a clock that
is wrong is corrected.
Puts with a condition are boto3's: they may not be sent twice.
"""

from __future__ import annotations

import json
import zlib
from binascii import a2b_base64
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from forecasts.errors import StoreError, TransientError
from forecasts.item import (
    Key,
    from_attributes,
    is_expired,
    key_json,
    query_condition,
    to_json,
    unexpired,
)
from forecasts.stores.dynamodb.access import host_of, lambda_access, server_of
from forecasts.stores.dynamodb.http import Connections
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
from forecasts.stores.dynamodb.sigv4 import Signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from forecasts.item import Item
    from forecasts.stores.dynamodb.access import Access
    from forecasts.stores.dynamodb.boto import DynamoDBStore
    from forecasts.stores.dynamodb.http import Answer
    from forecasts.stores.pace import Pace
    from forecasts.stores.protocol import Store

_OPERATIONS = "DynamoDB_20120810"

#: What botocore tries again, too.
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

#: What AWS says to a request that was signed at another time than its own.
_MISTIMED = {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}
#: A difference that does not matter; AWS takes five minutes.
_SMALL_SKEW = timedelta(minutes=1)

_encode = json.JSONEncoder(separators=(",", ":")).encode


class DynamoDBReader:
    """The table in DynamoDB, without boto3. May be used from several threads.

    Args:
        table: Its name.
        clock: Gives the aware time by which items expire and requests are signed.
        access: How the table is reached.
        writer: Gives the store that puts with a condition; called for the first such put.
        loads: Reads answers to questions, as `read_answer` does; None for that.
        connections: To whom `access` leads; None for new ones.
        pace: Caps the write units of `put_many`; None for no cap.
        waits: Are made before a call is tried again.

    Raises:
        StoreError: The endpoint is no URL, or its certificates are not there.
    """

    def __init__(  # noqa: PLR0913 -- with a default for each but the table and the way to it
        self,
        table: str,
        clock: Callable[[], datetime],
        access: Access,
        writer: Callable[[], Store],
        *,
        loads: Callable[[bytes], Any] | None = None,
        connections: Connections | None = None,
        pace: Pace | None = None,
        waits: Waits | None = None,
    ) -> None:
        server = server_of(access)
        self._table = table
        self._table_json = f'"TableName":{_encode(table)}'
        self._clock = clock
        self._credentials = access.credentials
        self._signer = Signer("dynamodb", access.region, host_of(server))
        self._loads = loads or read_answer
        self._connections = connections or Connections(server)
        self._pace = pace
        self._waits = waits or Waits()
        self._skew = timedelta()
        self._make_writer = writer
        self._writer: Store | None = None

    def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None where there is none or it has expired."""
        # The hot path of the API: written out, because the encoder takes four times as long.
        consistent = "true" if must_be_consistent(key.pk) else "false"
        question = f'{{{self._table_json},"Key":{key_json(key)},"ConsistentRead":{consistent}}}'
        answer = self._call("GetItem", question)
        if "Item" not in answer:
            return None
        item = from_attributes(answer["Item"])
        return None if is_expired(item, self._clock()) else item

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*, however many; what is not there is left out."""
        now = self._clock()
        batches = chunks(dict.fromkeys(keys), GET_BATCH)
        found = [item for batch in batches for item in self._get_batch(batch)]
        return {item.key: item for item in unexpired(found, now)}

    def query(self, pk: str) -> list[Item]:
        """Return all items of a partition, by ascending sort key, without the expired ones."""
        question: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": must_be_consistent(pk),
            **query_condition(pk),
        }
        now = self._clock()
        items: list[Item] = []
        while True:
            answer = self._call("Query", _encode(question))
            items += map(from_attributes, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return unexpired(items, now)
            question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def put(self, item: Item, *, expected: int) -> None:
        """Put one item on the condition that it is still at version *expected*, through boto3."""
        self._for_writing().put(item, expected=expected)

    def put_many(self, items: Iterable[Item]) -> float:
        """Put items without a condition, several batches at a time; return write units consumed.

        Items are drawn while batches are on their way; of items with the same key the last one
        stays.
        """
        from forecasts.stores.dynamodb.batches import put_batches  # noqa: PLC0415 -- not needed to read

        return put_batches(items, self._put_batch)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()
        if self._writer:
            self._writer.close()

    def _for_writing(self) -> Store:
        # Two threads at once may make two; one of them is forgotten, and no harm done.
        self._writer = self._writer or self._make_writer()
        return self._writer

    def _get_batch(self, keys: Sequence[Key]) -> list[Item]:
        consistent = "true" if any(must_be_consistent(key.pk) for key in keys) else "false"
        table = _encode(self._table)
        found: list[Item] = []

        def get(rest: list[Key]) -> list[Key]:
            asked = ",".join(map(key_json, rest))
            answer = self._call(
                "BatchGetItem",
                f'{{"RequestItems":{{{table}:{{"Keys":[{asked}],"ConsistentRead":{consistent}}}}}}}',
            )
            found.extend(map(from_attributes, answer["Responses"][self._table]))
            left = answer["UnprocessedKeys"].get(self._table, {"Keys": []})
            return [Key(key["pk"]["S"], key["sk"]["S"]) for key in left["Keys"]]

        send_all(self._table, list(keys), get, self._waits)
        return found

    def _put_batch(self, items: Sequence[Item]) -> float:
        units: list[float] = []

        def put(rest: list[Any]) -> list[Any]:
            asked = {"RequestItems": {self._table: rest}, "ReturnConsumedCapacity": "TOTAL"}
            # What was left undone is sent again as it came back, in base64.
            answer = self._call("BatchWriteItem", _encode(asked), json.loads)
            used = sum(table["CapacityUnits"] for table in answer["ConsumedCapacity"])
            units.append(used)
            if self._pace:
                self._pace.used(used)
            left: list[Any] = answer["UnprocessedItems"].get(self._table, [])
            return left

        requests: list[Any] = [{"PutRequest": {"Item": to_json(item)}} for item in items]
        send_all(self._table, requests, put, self._waits)
        return sum(units)

    def _call(
        self, operation: str, question: str, loads: Callable[[bytes], Any] | None = None
    ) -> Any:
        """Ask until there is an answer, a few times at most.

        Raises:
            StoreError: DynamoDB refused, or could not be asked.
        """
        body = question.encode()
        for failures in range(TRIES_OF_A_CALL - 1):
            try:
                return self._ask(operation, body, loads or self._loads)
            except TransientError:
                self._waits.wait(failures)
        return self._ask(operation, body, loads or self._loads)

    def _ask(self, operation: str, body: bytes, loads: Callable[[bytes], Any]) -> Any:
        target = f"{_OPERATIONS}.{operation}"
        now = self._clock().astimezone(UTC) + self._skew
        signed = self._signer.fields(self._credentials(), now, target, body)
        head = (
            f"POST / HTTP/1.1\r\n{signed}"
            f"Accept-Encoding: identity\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            answer = self._connections.send(head.encode() + body)
        except (OSError, HTTPException) as error:
            raise TransientError(f"{self._name()}: {UNREACHABLE}: {error!r}") from error
        checksum = answer.fields.get(b"x-amz-crc32")
        if checksum and checksum != b"%d" % zlib.crc32(answer.body):
            raise TransientError(f"{self._name()}: an answer arrived other than it was sent")
        if answer.status != HTTPStatus.OK:
            raise self._refusal(operation, answer)
        try:
            return loads(answer.body)
        except ValueError as error:
            raise TransientError(f"{self._name()}: the answer is no JSON: {error}") from error

    def _refusal(self, operation: str, answer: Answer) -> StoreError:
        """Make the error for an answer that is none, in botocore's words."""
        code, message = _error_of(answer)
        text = f"An error occurred ({code}) when calling the {operation} operation: {message}"
        said = f"{self._name()}: {advised(code, text)}"
        again = answer.status in _FAULTS or code in _THROTTLED
        if again or (code in _MISTIMED and self._sets_its_clock(answer)):
            return TransientError(said)
        return StoreError(said)

    def _sets_its_clock(self, answer: Answer) -> bool:
        """Go by the server's clock from now on; return whether that makes a difference."""
        try:
            time = parsedate_to_datetime(answer.fields.get(b"date", b"").decode("latin-1"))
        except ValueError:
            return False
        skew = time - self._clock()
        differs = abs(skew - self._skew) > _SMALL_SKEW
        self._skew = skew
        return differs

    def _name(self) -> str:
        return f"DynamoDB table {self._table}"


def read_answer(answer: bytes) -> Any:
    """Read an answer of DynamoDB as boto3 does: binary attributes, base64 in JSON, become bytes.

    Raises:
        ValueError: It is no JSON, or a binary attribute no base64.
    """
    return json.loads(answer, object_hook=_attribute)


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    if isinstance(value.get("B"), str):
        value["B"] = a2b_base64(value["B"])
    return value


def open_reader(
    table: str,
    clock: Callable[[], datetime],
    environment: Mapping[str, str],
    pace: Pace | None = None,
    loads: Callable[[bytes], Any] | None = None,
) -> Store:
    """Open the table for who is in a hurry.

    Args:
        table: Its name.
        clock: Gives the aware time.
        environment: The variables of the process.
        pace: Caps the write units of `put_many`; None for no cap.
        loads: Reads answers to questions; None for `read_answer`.

    Returns:
        boto3's store where the way to DynamoDB is one that only boto3 knows: over a proxy.

    Raises:
        StoreError: There is no region, or an endpoint URL that is none.
    """

    def boto3_store() -> DynamoDBStore:
        from forecasts.stores.dynamodb import boto  # noqa: PLC0415 -- boto3 is slow to import

        return boto.DynamoDBStore(table, clock, pace=pace)

    access = lambda_access(environment)
    if access:
        return DynamoDBReader(table, clock, access, boto3_store, loads=loads, pace=pace)
    store = boto3_store()
    access = store.access(environment)
    if access is None:
        return store
    return DynamoDBReader(table, clock, access, lambda: store, loads=loads, pace=pace)


def _error_of(answer: Answer) -> tuple[str, str]:
    """Read code and message of an error; something on the way may not write JSON."""
    try:
        fields = json.loads(answer.body)
        code = fields.get("__type", "").rpartition("#")[2]
        message = fields.get("message") or fields.get("Message", "")
    except (ValueError, AttributeError):
        code, message = "", ""
    return code or str(answer.status), message
