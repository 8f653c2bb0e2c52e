"""The items of the table: their keys and bodies.

Only this module, `forecasts.missing`, `forecasts.release`, `forecasts.skill_map` and
`forecasts.verifications` know what the table holds. Every item has the same shape, so two very
different databases can keep the same promises:

| item      | pk                   | sk          | body                                  | version |
|-----------|----------------------|-------------|---------------------------------------|---------|
| forecast  | S#<station_id>       | F#<run_id>  | the answer to a lookup, JSON, gzip    |         |
| history   | S#<station_id>       | H#<run_id>  | see `forecasts.packed_history`        |         |
| run       | RUN                  | <run_id>    | JSON                                  | yes     |
| pointer   | RUN                  | CURRENT     | JSON                                  | yes     |
| catalogue | CATALOGUE#<run_id>   | <part>      | JSON, gzip                            |         |
| map       | MAP#<run_id>#<param> | <part>      | medians by station, JSON, gzip        |         |
| missing   | MISSING#<run_id>     | <part>      | see `forecasts.missing`               |         |
| circuit   | CIRCUIT              | <endpoint>  | JSON                                  | yes     |
| release   | RELEASE              | <endpoint>  | JSON, see `forecasts.release`         | yes     |
| verified  | VERIFICATION         | <run_id>    | see `forecasts.verifications`         |         |
| skills    | VERIFICATION#<run>   | <param>…    | see `forecasts.skill_map`             |         |

`forecasts.gzip_bodies` does the gzip. `version` counts the writes of an item that is put with a
condition. `expires_at` is the TTL attribute, in seconds since 1970; a store never returns an item
that has expired. A forecast may have one more attribute, `verification`, which no lookup sends.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NotRequired, TypedDict

from forecasts import packed_history
from forecasts.calibration import Calibration
from forecasts.damage import check_run_fields, identity_of, made_anew, reading
from forecasts.errors import FormatError
from forecasts.forecast import dumps, station_answer, station_of
from forecasts.gzip_bodies import compress, decompress
from forecasts.run import RUN_ID, Pointer, Run, RunState, issue_time_of
from forecasts.station import Station
from forecasts.times import from_text, utc_text

#: Forecasts, histories and catalogues outlive a month of failed nights; runs are kept for a year.
EXPIRY = timedelta(days=30)
RUN_EXPIRY = timedelta(days=365)

RUN_PK = "RUN"
POINTER_SK = "CURRENT"
CIRCUIT_PK = "CIRCUIT"
RELEASE_PK = "RELEASE"

#: How the sort key of a forecast begins.
_FORECAST = "F#"


class Key(NamedTuple):
    """Partition key and sort key."""

    pk: str
    sk: str


class Item(NamedTuple):
    """One item of the table.

    Attributes:
        key: Its key.
        body: Bytes that only this module reads.
        version: Counts from 1 for items that are put with a condition; None for others.
        expires_at: Seconds since 1970 UTC; None for an item that never expires.
        verification: Of a forecast: how earlier runs came true at the station; bytes that only
            `forecasts.verification` reads. None if there is nothing.
    """

    key: Key
    body: bytes
    version: int | None = None
    expires_at: int | None = None
    verification: bytes | None = None


class StationEntry(NamedTuple):
    """A station in the catalogue of a run, with the parameters that the run forecasts there."""

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
    calibration: NotRequired[Calibration]


def forecast_key(station_id: str, run_id: str) -> Key:
    """Key of the forecast of one station in one run."""
    return Key(f"S#{station_id}", _FORECAST + run_id)


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
    """Key of the circuit breaker of an endpoint."""
    return Key(CIRCUIT_PK, endpoint)


def map_key(run_id: str, parameter: str, part: int) -> Key:
    """Key of the medians of one parameter at the stations of one part of the catalogue."""
    return Key(f"MAP#{run_id}#{parameter}", f"{part:05d}")


def forecast_item(
    station_id: str, run: Run, body: bytes, verification: bytes | None = None
) -> Item:
    """Make the item that holds the answer *body* (`Forecast.to_body`) for a station."""
    key, expiry = forecast_key(station_id, run.id), expires_at(run, EXPIRY)
    return Item(key, compress(body), expires_at=expiry, verification=verification)


def check_forecast(item: Item) -> None:
    """Check that the body of a forecast can be sent as it is: its checksum is right.

    Args:
        item: A forecast. A history, which is never sent as it is, is not checked.

    Raises:
        DamagedItemError: The body is damaged.
    """
    if not item.key.sk.startswith(_FORECAST):
        return
    run_id = item.key.sk.removeprefix(_FORECAST)
    with reading(*item.key, "forecast", made_anew(run_id)):
        decompress(item.body)


def packed_history_item(station_id: str, run: Run, packed: bytes) -> Item:
    """Make the item that holds a transform line, packed by `forecasts.packed_history`."""
    return Item(history_key(station_id, run.id), packed, expires_at=expires_at(run, EXPIRY))


def history_of(item: Item) -> TransformLine:
    """Read a transform line back; its numbers are exactly those that were packed.

    Raises:
        DamagedItemError: The item is not a history that this version can read.
    """
    run_id = item.key.sk.removeprefix("H#")
    with reading(*item.key, "history", made_anew(run_id)):
        unpacked = packed_history.unpack(item.body)
    line: TransformLine = {
        "station_id": item.key.pk.removeprefix("S#"),
        "latitude": unpacked.latitude,
        "longitude": unpacked.longitude,
        "elevation": unpacked.elevation,
        "issue_time": utc_text(issue_time_of(run_id)),
        "history": unpacked.history,
    }
    return line | {"calibration": unpacked.calibration} if unpacked.calibration else line


def catalogue_item(run: Run, part: int, entries: Iterable[StationEntry]) -> Item:
    """Make the item that holds one part of the catalogue of a run."""
    rows = [{**station_answer(e.station), "parameters": e.parameters} for e in entries]
    body = compress(dumps(rows))
    return Item(catalogue_key(run.id, part), body, expires_at=expires_at(run, EXPIRY))


def catalogue_of(items: Sequence[Item]) -> list[StationEntry]:
    """Read the stations of a run back from the parts of its catalogue, in order.

    Raises:
        DamagedItemError: An item is not a catalogue that this version can read.
    """
    entries: list[StationEntry] = []
    for item in items:
        with reading(*item.key, "catalogue", made_anew(item.key.pk.rpartition("#")[2])):
            rows = json.loads(decompress(item.body))
            entries += [StationEntry(station_of(row), tuple(row["parameters"])) for row in rows]
    return entries


def map_item(run: Run, parameter: str, part: int, medians: bytes) -> Item:
    """Make the item that holds the medians of one parameter, as a map shows them.

    Args:
        run: The run.
        parameter: The code of the parameter.
        part: The part of the catalogue.
        medians: JSON: for each station of the part, in order, an array of 24 values, or null if
            there is no forecast.
    """
    # Medians are long and mostly digits: level 9 takes sixteen times as long to save an eighth.
    body = compress(medians, 5)
    return Item(map_key(run.id, parameter, part), body, expires_at=expires_at(run, EXPIRY))


def map_json(items: Iterable[Item]) -> bytes:
    """Join the medians of all parts, in order, into one JSON array, without parsing them.

    Raises:
        FormatError: An item is not a map that this version can read.
    """
    bodies = [decompress(item.body) for item in items]
    if not all(body.startswith(b"[") and body.endswith(b"]") for body in bodies):
        raise FormatError("not a map: a part is not a JSON array")
    return b"[%s]" % b",".join(body[1:-1] for body in bodies if body != b"[]")


def run_item(run: Run, version: int) -> Item:
    """Make the item that holds a run, to be put at *version*."""
    fields: dict[str, Any] = asdict(run) | {
        "issue_time": utc_text(run.issue_time),
        "planned_at": utc_text(run.planned_at),
        "published_at": run.published_at and utc_text(run.published_at),
    }
    if run.notice is None:
        del fields["notice"]  # so that versions without notices can read the run
    return Item(run_key(run.id), dumps(fields), version, expires_at(run, RUN_EXPIRY))


def run_of(item: Item) -> Run:
    """Read a run back.

    Raises:
        DamagedItemError: The item is not a run that this version can read.
    """
    with reading(*item.key, "run", made_anew(item.key.sk)):
        fields = json.loads(item.body)
        check_run_fields(fields, item.key.sk)
        return Run(
            **fields
            | {
                "issue_time": from_text(fields["issue_time"]),
                "state": RunState(fields["state"]),
                "parameters": tuple(fields["parameters"]),
                "planned_at": from_text(fields["planned_at"]),
                "published_at": fields["published_at"] and from_text(fields["published_at"]),
                "identity": identity_of(fields),
            }
        )


def pointer_item(pointer: Pointer) -> Item:
    """Make the item that says which run is published."""
    fields = {
        "current": pointer.current,
        "previous": pointer.previous,
        "changed_at": utc_text(pointer.changed_at),
        "identity": pointer.identity,
    }
    return Item(POINTER_KEY, dumps(fields), pointer.version)


def pointer_of(item: Item) -> Pointer:
    """Read the pointer back.

    Raises:
        DamagedItemError: The item is not a pointer that this version can read.
    """
    with reading(*item.key, "pointer", _MOVE_POINTER):
        fields = json.loads(item.body)
        current, previous = fields["current"], fields["previous"]
        if not all(RUN_ID.fullmatch(run_id) for run_id in (current, previous or current)):
            raise ValueError("it names something that is not a run")
        changed_at = from_text(fields["changed_at"])
        version, identity = item.version or 0, identity_of(fields)
        return Pointer(current, previous, version, changed_at, identity)


_MOVE_POINTER = (
    "choose the run that readers get: `stationcast runs list`, then `stationcast runs publish "
    "RUN_ID`"
)


def circuit_item(
    endpoint: str, fields: Mapping[str, Any], version: int, expires_at: int | None
) -> Item:
    """Make the item that holds the state of an endpoint's circuit; *fields* must be JSON-ready."""
    return Item(circuit_key(endpoint), dumps(dict(fields)), version, expires_at)


def circuit_of(item: Item) -> dict[str, Any]:
    """Read the state of a circuit back.

    Raises:
        DamagedItemError: The item is not a circuit that this version can read.
    """
    with reading(*item.key, "circuit", "delete it; the API writes it anew"):
        fields = dict(json.loads(item.body))
        fields["state"].encode()
        return fields


def is_expired(item: Item, now: datetime) -> bool:
    """Whether *item* has expired at *now* (aware)."""
    return item.expires_at is not None and item.expires_at <= now.timestamp()


def unexpired(items: Iterable[Item], now: datetime) -> list[Item]:
    """List the items that have not expired at *now* (aware)."""
    seconds = now.timestamp()
    return [item for item in items if item.expires_at is None or item.expires_at > seconds]


def expires_at(run: Run, life: timedelta) -> int:
    """Return when an item of a run expires that lives for *life*, in seconds since 1970 UTC."""
    return int((run.planned_at.astimezone(UTC) + life).timestamp())
