"""The items of the table: their keys, their bodies, their attribute names.

The only module that knows how a term is written into the table. Every item has the same shape,
which is why two very different databases can keep the same promises:

| item      | pk                   | sk          | body                                  | version |
|-----------|----------------------|-------------|---------------------------------------|---------|
| forecast  | S#<station_id>       | F#<run_id>  | the answer to a lookup, JSON, gzip    |         |
| history   | S#<station_id>       | H#<run_id>  | see `forecasts.packed_history`        |         |
| run       | RUN                  | <run_id>    | JSON                                  | yes     |
| pointer   | RUN                  | CURRENT     | JSON                                  | yes     |
| catalogue | CATALOGUE#<run_id>   | <part>      | JSON, gzip                            |         |
| map       | MAP#<run_id>#<param> | <part>      | medians by station, JSON, gzip        |         |
| circuit   | CIRCUIT              | <endpoint>  | JSON                                  | yes     |
| release   | RELEASE              | <endpoint>  | JSON, see `forecasts.release`         | yes     |

gzip is that of `forecasts.gzip_bodies`. `version` counts the writes of an item that is written with
a condition. `expires_at` is the TTL attribute, in seconds since 1970; a store never returns an item
that has expired.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring_ascii as _quoted
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from forecasts import packed_history
from forecasts.errors import FormatError, InvalidStationError
from forecasts.forecast import dumps, station_answer, station_of
from forecasts.gzip_bodies import compress, decompress
from forecasts.run import Pointer, Run, RunState, issue_time_of
from forecasts.times import from_text, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from forecasts.station import Station

#: Forecasts, histories and catalogues outlive a month of failed nights; runs are kept for a year.
EXPIRY = timedelta(days=30)
RUN_EXPIRY = timedelta(days=365)

RUN_PK = "RUN"
POINTER_SK = "CURRENT"
CIRCUIT_PK = "CIRCUIT"
RELEASE_PK = "RELEASE"


class Key(NamedTuple):
    """Partition key and sort key."""

    pk: str
    sk: str


class Item(NamedTuple):
    """One item of the table.

    Attributes:
        key: Its key.
        body: What it holds; bytes that only this module reads.
        version: For items put with a condition: counts from 1. Else None.
        expires_at: Seconds since 1970 UTC, or None for an item that stays.
    """

    key: Key
    body: bytes
    version: int | None = None
    expires_at: int | None = None


class StationEntry(NamedTuple):
    """A station in the catalogue of a run, with what the run forecasts there."""

    station: Station
    parameters: tuple[str, ...]


class TransformLine(TypedDict):
    """One line of transform input; see `docs/transform-line.md` for the whole format."""

    station_id: str
    latitude: float
    longitude: float
    elevation: float | None
    issue_time: str
    history: dict[str, list[float | None]]


class PutCondition(TypedDict):
    """The arguments of a DynamoDB PutItem that make it conditional."""

    ConditionExpression: str
    ExpressionAttributeValues: dict[str, Any]


class QueryCondition(TypedDict):
    """The arguments of a DynamoDB Query that name its partition."""

    KeyConditionExpression: str
    ExpressionAttributeValues: dict[str, Any]


def forecast_key(station_id: str, run_id: str) -> Key:
    """Key of the forecast of one station in one run."""
    return Key(f"S#{station_id}", f"F#{run_id}")


def history_key(station_id: str, run_id: str) -> Key:
    """Key of the history of one station in one run."""
    return Key(f"S#{station_id}", f"H#{run_id}")


def run_key(run_id: str) -> Key:
    """Key of a run."""
    return Key(RUN_PK, run_id)


POINTER_KEY = Key(RUN_PK, POINTER_SK)


def catalogue_key(run_id: str, part: int) -> Key:
    """Key of one part of the catalogue of a run; parts count from 0."""
    return Key(f"CATALOGUE#{run_id}", f"{part:05d}")


def circuit_key(endpoint: str) -> Key:
    """Key of what is known of the health of an endpoint."""
    return Key(CIRCUIT_PK, endpoint)


def map_key(run_id: str, parameter: str, part: int) -> Key:
    """Key of the medians of one parameter at the stations of one part of the catalogue."""
    return Key(f"MAP#{run_id}#{parameter}", f"{part:05d}")


def forecast_item(station_id: str, run: Run, body: bytes) -> Item:
    """Make the item that holds the answer *body* (`Forecast.to_body`) for a station."""
    return Item(forecast_key(station_id, run.id), compress(body), expires_at=_expiry(run, EXPIRY))


def history_item(line: TransformLine, run: Run) -> Item:
    """Make the item that holds a transform line."""
    packed = packed_history.pack(
        line["latitude"], line["longitude"], line["elevation"], line["history"]
    )
    return packed_history_item(line["station_id"], run, packed)


def packed_history_item(station_id: str, run: Run, packed: bytes) -> Item:
    """Make the item that holds a transform line, packed as `forecasts.packed_history` does."""
    return Item(history_key(station_id, run.id), packed, expires_at=_expiry(run, EXPIRY))


def history_of(item: Item) -> TransformLine:
    """Read the transform line back, number for number.

    Raises:
        FormatError: Not a history of this version.
    """
    latitude, longitude, elevation, history = packed_history.unpack(item.body)
    return {
        "station_id": item.key.pk.removeprefix("S#"),
        "latitude": latitude,
        "longitude": longitude,
        "elevation": elevation,
        "issue_time": utc_text(issue_time_of(item.key.sk.removeprefix("H#"))),
        "history": history,
    }


def catalogue_item(run: Run, part: int, entries: Iterable[StationEntry]) -> Item:
    """Make the item that holds one part of the stations of a run."""
    rows = [{**station_answer(e.station), "parameters": e.parameters} for e in entries]
    body = compress(dumps(rows))
    return Item(catalogue_key(run.id, part), body, expires_at=_expiry(run, EXPIRY))


def catalogue_of(items: Sequence[Item]) -> list[StationEntry]:
    """Read the stations of a run back from the parts of its catalogue, in order.

    Raises:
        FormatError: Not a catalogue of this version.
    """
    try:
        rows = [row for item in items for row in json.loads(decompress(item.body))]
        return [StationEntry(station_of(row), tuple(row["parameters"])) for row in rows]
    except (KeyError, TypeError, ValueError, InvalidStationError) as error:
        raise FormatError(f"not a catalogue: {error!r}") from error


def map_item(run: Run, parameter: str, part: int, medians: bytes) -> Item:
    """Make the item that holds the medians of one parameter, as a map shows them.

    Args:
        run: The run.
        parameter: Its code.
        part: The part of the catalogue.
        medians: JSON: for each station of that part, in its order, an array of 24 values; null
            where there is no forecast.
    """
    # Long and full of digits: level 9 takes sixteen times as long to save an eighth.
    body = compress(medians, 5)
    return Item(map_key(run.id, parameter, part), body, expires_at=_expiry(run, EXPIRY))


def map_json(items: Iterable[Item]) -> bytes:
    """Join the medians of all parts, in order, into one JSON array, without parsing them.

    Raises:
        FormatError: Not a map of this version.
    """
    bodies = [decompress(item.body) for item in items]
    if not all(body.startswith(b"[") and body.endswith(b"]") for body in bodies):
        raise FormatError("not a map: a part is no JSON array")
    return b"[%s]" % b",".join(body[1:-1] for body in bodies if body != b"[]")


def run_item(run: Run, version: int) -> Item:
    """Make the item that holds a run; *version* is the one it gets."""
    fields: dict[str, Any] = asdict(run) | {
        "issue_time": utc_text(run.issue_time),
        "planned_at": utc_text(run.planned_at),
        "published_at": run.published_at and utc_text(run.published_at),
    }
    return Item(run_key(run.id), dumps(fields), version, _expiry(run, RUN_EXPIRY))


def run_of(item: Item) -> Run:
    """Read a run back.

    Raises:
        FormatError: Not a run of this version.
    """
    try:
        fields = json.loads(item.body)
        return Run(
            **fields
            | {
                "issue_time": from_text(fields["issue_time"]),
                "state": RunState(fields["state"]),
                "parameters": tuple(fields["parameters"]),
                "planned_at": from_text(fields["planned_at"]),
                "published_at": fields["published_at"] and from_text(fields["published_at"]),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"not a run: {error!r}") from error


def pointer_item(pointer: Pointer) -> Item:
    """Make the item that says which run is published."""
    fields = {
        "current": pointer.current,
        "previous": pointer.previous,
        "changed_at": utc_text(pointer.changed_at),
    }
    return Item(POINTER_KEY, dumps(fields), pointer.version)


def pointer_of(item: Item) -> Pointer:
    """Read the pointer back.

    Raises:
        FormatError: Not a pointer of this version.
    """
    try:
        fields = json.loads(item.body)
        changed_at = from_text(fields["changed_at"])
        return Pointer(fields["current"], fields["previous"], item.version or 0, changed_at)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"not a pointer: {error!r}") from error


def circuit_item(
    endpoint: str, fields: Mapping[str, Any], version: int, expires_at: int | None
) -> Item:
    """Make the item that holds the state of an endpoint's circuit, *fields* as JSON knows them."""
    return Item(circuit_key(endpoint), dumps(dict(fields)), version, expires_at)


def circuit_of(item: Item) -> dict[str, Any]:
    """Read the state of a circuit back.

    Raises:
        FormatError: Not a circuit of this version.
    """
    try:
        fields = dict(json.loads(item.body))
        fields["state"].encode()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(f"not a circuit: {error!r}") from error
    return fields


def is_expired(item: Item, now: datetime) -> bool:
    """Whether *item* is past its time to live at *now* (aware)."""
    return item.expires_at is not None and item.expires_at <= now.timestamp()


def unexpired(items: Iterable[Item], now: datetime) -> list[Item]:
    """List the items that are not past their time to live at *now* (aware)."""
    seconds = now.timestamp()
    return [item for item in items if item.expires_at is None or item.expires_at > seconds]


def to_attributes(item: Item) -> dict[str, Any]:
    """Write an item as DynamoDB's low-level API takes it."""
    attributes: dict[str, Any] = {
        "pk": {"S": item.key.pk},
        "sk": {"S": item.key.sk},
        "body": {"B": item.body},
    }
    if item.version is not None:
        attributes["version"] = {"N": str(item.version)}
    if item.expires_at is not None:
        attributes["expires_at"] = {"N": str(item.expires_at)}
    return attributes


def to_json(item: Item) -> dict[str, Any]:
    """Write an item as DynamoDB reads it in JSON, where bytes are base64."""
    body = b2a_base64(item.body, newline=False).decode()
    return to_attributes(item) | {"body": {"B": body}}


def from_attributes(attributes: dict[str, Any]) -> Item:
    """Read an item as DynamoDB's low-level API gives it.

    Raises:
        FormatError: An attribute is missing or of another type.
    """
    try:
        version, expires_at = attributes.get("version"), attributes.get("expires_at")
        return Item(
            Key(attributes["pk"]["S"], attributes["sk"]["S"]),
            _bytes(attributes["body"]["B"]),
            int(version["N"]) if version else None,
            int(expires_at["N"]) if expires_at else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"not an item of this table: {error!r}") from error


def _bytes(body: object) -> bytes:
    if not isinstance(body, bytes):
        raise TypeError(f"a body of type {type(body).__name__}")
    return body


def key_attributes(key: Key) -> dict[str, Any]:
    """Write a key as DynamoDB's low-level API takes it."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def key_json(key: Key) -> str:
    """Write a key as DynamoDB reads it in JSON."""
    return f'{{"pk":{{"S":{_quoted(key.pk)}}},"sk":{{"S":{_quoted(key.sk)}}}}}'


def put_condition(expected: int, now: datetime) -> PutCondition:
    """Say to DynamoDB that an item must be at version *expected*, or not exist if that is 0.

    DynamoDB may keep an expired item for days: here it counts as gone, as it does for readers.
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


def query_condition(pk: str) -> QueryCondition:
    """Say to DynamoDB which partition is queried."""
    values = {":pk": {"S": pk}}
    return {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}


def _expiry(run: Run, life: timedelta) -> int:
    return int((run.planned_at.astimezone(UTC) + life).timestamp())
