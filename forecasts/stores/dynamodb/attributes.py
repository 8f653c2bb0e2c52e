"""Writes items, keys and conditions for DynamoDB, and reads items back.

boto3 represents a binary value as bytes, DynamoDB's own JSON as base64: `to_attributes` and
`from_attributes` are for boto3, `to_json` and `from_json` for JSON.
"""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from datetime import datetime
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, TypedDict

from forecasts.damage import problem_of
from forecasts.errors import DamagedItemError, FormatError
from forecasts.item import Item, Key


class PutCondition(TypedDict):
    """The arguments of a DynamoDB PutItem that make it conditional."""

    ConditionExpression: str
    ExpressionAttributeValues: dict[str, Any]


class QueryCondition(TypedDict):
    """The arguments of a DynamoDB Query that name its partition and the sort keys."""

    KeyConditionExpression: str
    ExpressionAttributeValues: dict[str, Any]


def to_attributes(item: Item) -> dict[str, Any]:
    """Write an item for boto3."""
    return _attributes(item, bytes)


def to_json(item: Item) -> dict[str, Any]:
    """Write an item as an object of DynamoDB's JSON."""
    return _attributes(item, _base64)


def from_attributes(attributes: dict[str, Any]) -> Item:
    """Read an item from boto3.

    Raises:
        FormatError: An attribute is missing or of another type.
    """
    return _item(attributes, _bytes)


def from_json(attributes: dict[str, Any]) -> Item:
    """Read an item from an object of DynamoDB's JSON.

    Raises:
        FormatError: An attribute is missing or of another type.
    """
    return _item(attributes, a2b_base64)


def key_attributes(key: Key) -> dict[str, Any]:
    """Write a key for boto3 or as an object of DynamoDB's JSON."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def key_json(key: Key) -> str:
    """Write a key as JSON text, in a quarter of the encoder's time."""
    return f'{{"pk":{{"S":{_quoted(key.pk)}}},"sk":{{"S":{_quoted(key.sk)}}}}}'


def put_condition(expected: int, now: datetime) -> PutCondition:
    """Require an item to be at version *expected*, or not to exist if *expected* is 0.

    DynamoDB may keep an expired item for days. The condition treats it as deleted, as readers do.
    """
    values: dict[str, Any] = {":now": {"N": str(int(now.timestamp()))}}
    if expected == 0:
        condition = "attribute_not_exists(pk) OR expires_at <= :now"
    else:
        condition = (
            "version = :expected AND (attribute_not_exists(expires_at) OR expires_at > :now)"
        )
        values[":expected"] = {"N": str(expected)}
    return {"ConditionExpression": condition, "ExpressionAttributeValues": values}


def query_condition(pk: str, prefix: str) -> QueryCondition:
    """Name the partition of a query, and how the sort keys begin; "" for all of them."""
    condition, values = "pk = :pk", {":pk": {"S": pk}}
    if prefix:
        condition += " AND begins_with(sk, :prefix)"
        values[":prefix"] = {"S": prefix}
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}


def _attributes(item: Item, binary: Callable[[bytes], bytes | str]) -> dict[str, Any]:
    attributes = {**key_attributes(item.key), "body": {"B": binary(item.body)}}
    if item.version is not None:
        attributes["version"] = {"N": str(item.version)}
    if item.expires_at is not None:
        attributes["expires_at"] = {"N": str(item.expires_at)}
    if item.verification is not None:
        attributes["verification"] = {"B": binary(item.verification)}
    return attributes


def _base64(binary: bytes) -> str:
    return b2a_base64(binary, newline=False).decode()


def _item(attributes: dict[str, Any], read: Callable[[Any], bytes]) -> Item:
    try:
        key = Key(attributes["pk"]["S"], attributes["sk"]["S"])
    except (KeyError, TypeError) as error:
        raise FormatError(f"not an item of this table: {problem_of(error)}") from error
    try:
        version, expires_at = attributes.get("version"), attributes.get("expires_at")
        verification = attributes.get("verification")
        return Item(
            key,
            read(attributes["body"]["B"]),
            int(version["N"]) if version else None,
            int(expires_at["N"]) if expires_at else None,
            read(verification["B"]) if verification else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        what = f"not an item of this table: {problem_of(error)}"
        raise DamagedItemError(*key, what, "another program wrote it; delete it") from error


def _bytes(binary: object) -> bytes:
    if not isinstance(binary, bytes):
        raise TypeError(f"a body of type {type(binary).__name__}")
    return binary
