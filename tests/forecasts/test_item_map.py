"""The items of a map: medians of a parameter, joined from parts without being parsed."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.errors import FormatError
from forecasts.forecast import dumps
from forecasts.item import Item, map_item, map_json, map_key
from forecasts.stores.dynamodb.attributes import from_attributes, to_attributes
from tests.factories import A_RUN, NOW, values_of

GOLDEN = Path(__file__).parents[1] / "golden" / "map_item_v1.json"
MEDIANS = [[3.9, -0.5, 4.0], None, [0.0, 30.5, -12.0]]

medians = st.none() | st.lists(values_of("temperature"), min_size=24, max_size=24)


def test_a_map_is_written_as_ever():
    """Key, expiry and content of the body are those of the items in existing tables."""
    kept = json.loads(GOLDEN.read_text())
    written = to_attributes(map_item(A_RUN, "temperature", 3, dumps(MEDIANS)))
    body = gzip.decompress(written.pop("body")["B"])

    assert written == kept["item"]
    assert body.decode() == kept["contents"]


@given(st.lists(st.lists(medians, max_size=4), max_size=4))
def test_parts_are_joined_in_order(parts):
    """Any medians are read back as one array, whichever parts are empty."""
    written = [map_item(A_RUN, "temperature", part, dumps(rows)) for part, rows in enumerate(parts)]
    read = [from_attributes(to_attributes(item)) for item in written]

    assert json.loads(map_json(read)) == [row for rows in parts for row in rows]


def test_parts_of_a_map_sort_as_numbers():
    """The tenth part of a map comes after the ninth."""
    keys = [map_key(A_RUN.id, "pm25", part) for part in (0, 9, 10, 11_000)]

    assert keys == sorted(keys)


def test_a_map_expires_with_its_forecasts():
    """A map lives for 30 days."""
    item = map_item(A_RUN, "temperature", 0, dumps(MEDIANS))

    assert item.expires_at - NOW.timestamp() == 30 * 86_400


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", gzip.compress(b"{}", mtime=0), gzip.compress(b"", mtime=0)]
)
def test_foreign_bodies(body):
    """A body of another kind is refused."""
    with pytest.raises(FormatError):
        map_json([Item(map_key(A_RUN.id, "temperature", 0), body)])
