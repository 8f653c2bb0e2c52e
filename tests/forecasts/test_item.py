"""The item format: every term survives it, and items of existing tables stay readable.

The golden items are a promise to existing tables. An item of another shape needs a new
version of the format, a golden item of its own, and a reader for both.
"""

import base64
import gzip
import json
import math
import random
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from forecasts import item as items
from forecasts.errors import FormatError
from forecasts.forecast import Forecast
from forecasts.item import Item, Key, StationEntry
from forecasts.parameter import PARAMETERS
from forecasts.run import Pointer, Run, RunState, run_id
from forecasts.stores.dynamodb.attributes import (
    from_attributes,
    from_json,
    to_attributes,
    to_json,
)
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.verification import VerifiedNetwork
from forecasts.verifications import network_item, network_of
from tests.factories import (
    A_RUN,
    A_STATION,
    NOW,
    a_forecast,
    a_run,
    a_station,
    calibrations,
    forecasts,
    histories,
    notices,
    stations,
)
from tests.packed import history_item
from tests.verified import is_read_back

GOLDEN = Path(__file__).parents[1] / "golden"

A_LINE = {
    "station_id": "JFK",
    "latitude": 40.639751,
    "longitude": -73.778925,
    "elevation": None,
    "issue_time": "2013-12-30T00:00:00Z",
    "history": {
        "temperature": [3.9, None, 4.4, -12.0, 30.5],
        "pressure": [1016.2, 1016.4, 1016.1, None, 990.0],
    },
}
A_CALIBRATED_LINE = A_LINE | {
    "calibration": {"pressure": {"low": [1.0, 0.502, 1.01, 1.0], "high": [2.974, 1.0, 1.0, 0.99]}}
}
PUBLISHED = a_run(
    state=RunState.PUBLISHED, published_at=NOW + timedelta(minutes=7), report={"coverage": 0.98}
)
POINTER = Pointer("20131230T0000Z-1", "20131229T0000Z-2", 5, NOW, A_RUN.identity)
CIRCUIT = {"state": "OPEN", "failure_count": 5, "opened_at": 1_388_365_000}
ENTRIES = [
    StationEntry(A_STATION, ("temperature", "pressure")),
    StationEntry(a_station(id="EDDM", name="München", country="DE", elevation=None), ()),
]
#: Two parameters of one country, one of them mostly zero, and one of stations without a country.
NETWORK = VerifiedNetwork(
    "20131229T0000Z-1",
    NOW,
    A_RUN.id,
    A_RUN.id,
    4,
    {
        "US": {
            "temperature": (
                (24.0, 2.0, 3.0, -4.5, 31.2, 10.4, 62.0, 55.0, 48.0, *[0.0] * 5),
                *[(18.0, 0.0, 1.0, 12.3, 27.1, 9.35, 60.0, 41.0, 44.0, *[0.0] * 5)] * 3,
            ),
            "precipitation": (
                (24.0, 0.0, 1.0, -0.12, 1.5, 0.4, 2.5, 3.25, 2.75, 1.6, 21.0, 24.0, 3.0, 1.85),
            )
            * 4,
        },
        "": {"temperature": ((6.0, *[0.0] * 13),) * 4},
    },
)


def _older(term):
    return replace(term, identity=None)


def _inflated_history(body):
    start = 28 + body[1]
    start += 1 + 9 * body[start]
    return body[:start] + zlib.decompress(body[start:], wbits=-15)


#: The golden files' contents: each term's item, and how its bytes are decompressed.
#: zlib's compressed bytes differ between its versions, so their contents are compared.
WRITTEN = {
    "forecast": (items.forecast_item("JFK", A_RUN, a_forecast().to_body()), gzip.decompress),
    "history": (history_item(A_CALIBRATED_LINE, A_RUN), _inflated_history),
    "run": (items.run_item(PUBLISHED, 3), bytes),
    "pointer": (items.pointer_item(POINTER), bytes),
    "circuit": (items.circuit_item("stationcast", CIRCUIT, 2, 1_388_369_000), bytes),
    "catalogue": (items.catalogue_item(A_RUN, 0, ENTRIES), gzip.decompress),
    "network": (network_item(NETWORK, A_RUN), gzip.decompress),
}
#: Version 1 of a run and of the pointer has no identity.
READ = {
    "forecast_item_v1": lambda item: (
        Forecast.from_body(items.decompress(item.body)) == a_forecast()
    ),
    "history_item_v1": lambda item: items.history_of(item) == A_LINE,
    "history_item_v2": lambda item: items.history_of(item) == A_CALIBRATED_LINE,
    "run_item_v1": lambda item: (items.run_of(item), item.version) == (_older(PUBLISHED), 3),
    "run_item_v2": lambda item: (items.run_of(item), item.version) == (PUBLISHED, 3),
    "pointer_item_v1": lambda item: items.pointer_of(item) == _older(POINTER),
    "pointer_item_v2": lambda item: items.pointer_of(item) == POINTER,
    "circuit_item_v1": lambda item: items.circuit_of(item) == CIRCUIT,
    "catalogue_item_v1": lambda item: items.catalogue_of([item]) == ENTRIES,
    "network_item_v1": lambda item: network_of(item) == NETWORK,
    "network_item_v2": lambda item: is_read_back(NETWORK, network_of(item)),
}
NEWEST = {name.split("_")[0]: name for name in sorted(READ)}

whole_seconds = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 -- hypothesis wants naive bounds
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda time: time.replace(microsecond=0))
minutes = whole_seconds.map(lambda time: time.replace(second=0))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
identities = st.none() | st.from_regex("[0-9a-f]{16}", fullmatch=True)
runs = st.builds(
    Run,
    id=st.builds(run_id, minutes, st.integers(1, 9999)),
    issue_time=minutes,
    state=st.sampled_from(RunState),
    model=st.text(max_size=20),
    parameters=st.lists(st.sampled_from(sorted(PARAMETERS)), unique=True).map(tuple),
    stations=st.integers(0, 10**6),
    parts=st.integers(0, 1000),
    planned_at=whole_seconds,
    published_at=st.none() | whole_seconds,
    identity=identities,
    reason=st.none() | st.text(max_size=20),
    report=st.dictionaries(st.text(max_size=5), json_values, max_size=4),
    notice=notices,
)
pointers = st.builds(
    Pointer,
    current=st.builds(run_id, minutes, st.integers(1, 9999)),
    previous=st.none() | st.builds(run_id, minutes, st.integers(1, 9999)),
    version=st.integers(1, 10**9),
    changed_at=whole_seconds,
    identity=identities,
)
entries = st.builds(
    StationEntry,
    stations,
    st.lists(st.sampled_from(sorted(PARAMETERS)), unique=True).map(tuple),
)
any_items = st.builds(
    Item,
    st.builds(Key, st.text(min_size=1, max_size=50), st.text(min_size=1, max_size=50)),
    st.binary(max_size=200),
    st.none() | st.integers(1, 2**53),
    st.none() | st.integers(1, 2**40),
)


def through_boto3(item):
    """Pass an item through boto3's own reading and writing of attributes."""
    attributes = to_attributes(item)
    values = {name: TypeDeserializer().deserialize(value) for name, value in attributes.items()}
    return from_attributes(
        {name: TypeSerializer().serialize(value) for name, value in values.items()}
    )


def golden(name):
    """Return a golden item and the content of its body."""
    kept = json.loads((GOLDEN / f"{name}.json").read_text())
    body = {"B": base64.b64decode(kept["item"]["body"]["B"])}
    return from_attributes(kept["item"] | {"body": body}), kept


@pytest.mark.parametrize("name", WRITTEN)
def test_items_are_written_as_ever(name):
    """Each kind of item is written as always: keys, attributes, and every byte of ours."""
    item, contents_of = WRITTEN[name]
    before, kept = golden(NEWEST[name])
    contents = contents_of(item.body)
    written = to_attributes(item)

    assert (item.key, item.version, item.expires_at) == (
        before.key,
        before.version,
        before.expires_at,
    )
    assert written.keys() == kept["item"].keys()
    assert contents == contents_of(before.body)
    assert kept["contents"] in (contents.decode(errors="replace"), contents.hex())


@pytest.mark.parametrize("name", READ)
def test_items_of_the_past_are_read(name):
    """Each kind of item in existing tables is read as it was meant."""
    item, _ = golden(name)

    assert READ[name](item)


@given(forecasts())
def test_forecast_round_trip(forecast):
    """Any forecast survives item, attributes and boto3's serialiser."""
    item = items.forecast_item(forecast.station.id, A_RUN, forecast.to_body())

    read = through_boto3(item)

    assert read == item
    assert Forecast.from_body(items.decompress(read.body)) == forecast


@given(histories(hours=30), stations, calibrations())
def test_history_round_trip(history, station, calibration):
    """Any history survives item, attributes and boto3's serialiser, number for number."""
    line = A_LINE | {
        "station_id": station.id,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "elevation": station.elevation,
        "history": history,
        **({"calibration": calibration} if calibration else {}),
    }

    assert items.history_of(through_boto3(history_item(line, A_RUN))) == line


@given(runs, st.integers(1, 2**31))
def test_run_round_trip(run, version):
    """Any run survives item, attributes and boto3's serialiser, its report included."""
    read = through_boto3(items.run_item(run, version))

    assert (items.run_of(read), read.version) == (run, version)


@given(pointers)
def test_pointer_round_trip(pointer):
    """Any pointer survives item, attributes and boto3's serialiser."""
    assert items.pointer_of(through_boto3(items.pointer_item(pointer))) == pointer


@given(st.lists(st.lists(entries, max_size=4), max_size=4))
def test_catalogue_round_trip(parts):
    """Any catalogue survives being cut into parts, and comes back in their order."""
    written = [items.catalogue_item(A_RUN, part, rows) for part, rows in enumerate(parts)]

    read = items.catalogue_of([through_boto3(item) for item in written])

    assert read == [entry for rows in parts for entry in rows]


# One table serves all examples, as each example puts and reads its own keys.
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(any_items, max_size=10, unique_by=lambda item: item.key))
def test_items_round_trip_through_dynamodb(batch, table, dynamodb):
    """Any items survive DynamoDB itself."""
    store = DynamoDBStore(table, lambda: datetime.fromtimestamp(0, UTC), dynamodb)

    store.put_many(batch)

    assert store.get_many([item.key for item in batch]) == {item.key: item for item in batch}


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"pk": {"S": "p"}, "sk": {"S": "s"}},
        {"pk": {"N": "1"}, "sk": {"S": "s"}, "body": {"B": b""}},
        {"pk": {"S": "p"}, "sk": {"S": "s"}, "body": {"S": "text"}},
        {"pk": {"S": "p"}, "sk": {"S": "s"}, "body": {"B": "text"}},
        {"pk": {"S": "p"}, "sk": {"S": "s"}, "body": {"B": b""}, "version": {"N": "one"}},
        {"pk": {"S": "p"}, "sk": {"S": "s"}, "body": {"B": b""}, "expires_at": {"S": "1"}},
    ],
)
def test_foreign_attributes(attributes):
    """An item that another program put into the table is refused."""
    with pytest.raises(FormatError, match="not an item of this table"):
        from_attributes(attributes)


@given(any_items)
def test_json_round_trip(item):
    """Any item survives DynamoDB's JSON, both as it is sent and as it is read."""
    written = json.dumps(to_json(item)).encode()

    assert from_json(json.loads(written)) == item


READERS = {
    "forecast": (lambda item: Forecast.from_body(items.decompress(item.body)), "forecast"),
    "history": (items.history_of, "history"),
    "run": (items.run_of, "run"),
    "pointer": (items.pointer_of, "pointer"),
    "circuit": (items.circuit_of, "circuit"),
    "catalogue": (lambda item: items.catalogue_of([item]), "catalogue"),
}


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@example(data=None)
def test_damaged_items(name, data):
    """A damaged item is read as some value or refused with a `FormatError`, and nothing else."""
    item, _ = WRITTEN[name]
    damaged = bytearray(item.body)
    places = st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255))
    changes = data.draw(st.lists(places, min_size=1, max_size=5)) if data else [(0, 0)]
    for place, byte in changes:
        damaged[place] = byte
    end = data.draw(st.integers(0, len(damaged))) if data else 0

    for body in (bytes(damaged), item.body[:end]):
        assert _kind(READERS[name][0], Item(item.key, body)) in {"read", "refused"}


def _kind(read, item):
    try:
        read(item)
    except FormatError:
        return "refused"
    return "read"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1]", b"null", b"\xff\xfe", gzip.compress(b"[1]", mtime=0)]
)
def test_foreign_bodies(name, body):
    """Every reader refuses a body of another kind."""
    read, key = READERS[name]

    with pytest.raises(FormatError):
        read(Item(WRITTEN[key][0].key, body))


def test_impossible_station():
    """A catalogue with an impossible station is refused as one that cannot be read."""
    rows = [{**a_forecast().to_answer()["station"], "parameters": [], "latitude": 100}]
    body = items.compress(json.dumps(rows).encode())

    with pytest.raises(FormatError, match="not a catalogue"):
        items.catalogue_of([Item(items.catalogue_key(A_RUN.id, 0), body)])


def test_expiry():
    """Runs expire a year after planning, everything else of a night after 30 days."""
    days = {
        name: (item.expires_at - NOW.timestamp()) / 86_400
        for name, (item, _) in WRITTEN.items()
        if item.expires_at is not None and name != "circuit"
    }

    assert days == {"forecast": 30, "history": 30, "catalogue": 30, "network": 30, "run": 365}


def test_parts_of_a_catalogue_sort_as_numbers():
    """The tenth part of a catalogue comes after the ninth."""
    keys = [items.catalogue_key(A_RUN.id, part) for part in (0, 9, 10, 11_000)]

    assert keys == sorted(keys)


def realistic_forecast():
    """Return 24 hours of seven parameters with daily curves, noise and widening intervals."""
    draw = random.Random(0)  # noqa: S311 -- weather, not secrets
    means = {"pm25": 14, "pm10": 31, "o3": 62, "no2": 23, "temperature": 11, "wind_speed": 6}
    curves = {code: _curve(draw, code, mean) for code, mean in (means | {"pressure": 1013}).items()}
    return a_forecast(values=curves, missing={})


def _curve(draw, code, mean):
    spread = 8.0 if code == "pressure" else mean / 3
    daily = [math.sin((hour - 9) / 24 * math.tau) * spread for hour in range(24)]
    median = [mean + daily[hour] + draw.gauss(0, spread / 10) for hour in range(24)]
    width = [spread / 4 * (1 + hour / 24) * draw.uniform(0.9, 1.1) for hour in range(24)]
    levels = {"p10": -1.0, "p50": 0.0, "p90": 1.2}
    return {
        name: [
            round(m + side * w, PARAMETERS[code].decimals)
            for m, w in zip(median, width, strict=True)
        ]
        for name, side in levels.items()
    }


def test_size_of_a_forecast():
    """Seven parameters of 24 hours and three quantiles fit two write units, names included."""
    item = items.forecast_item("JFK", A_RUN, realistic_forecast().to_body())
    # The size that DynamoDB bills: names and texts in UTF-8, bytes, some bytes for a number.
    texts = sum(map(len, ("pk", *item.key[:1], "sk", *item.key[1:], "body", "expires_at")))

    assert texts + len(item.body) + 21 <= 2048
