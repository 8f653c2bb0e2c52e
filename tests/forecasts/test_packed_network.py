"""How a run came true at all stations: packed, read back, and damaged."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.errors import DamagedItemError, FormatError
from forecasts.gzip_bodies import compress, decompress
from forecasts.item import Item
from forecasts.packed_network import pack_network, unpack_network
from forecasts.parameter import PARAMETERS
from forecasts.verification import LEAD_GROUPS, SUMS, VerifiedNetwork
from forecasts.verifications import (
    network_item,
    network_key,
    network_verification,
    network_verifications,
)
from tests.factories import a_run
from tests.verified import a_network, is_read_back

RUN_ID = "20131230T0000Z-1"
NETWORK = a_network(RUN_ID, {"US": ("temperature", "precipitation"), "": ("pm25",)})
COUNTS = ("below", "above", "zeros", "chance_hours", "wet")


@st.composite
def sums(draw):
    """Draw sums of many stations: any counts, errors of many sizes, a bias within the errors."""
    counts = st.integers(0, 10**6).map(float)
    found = dict.fromkeys(SUMS, st.just(0.0) | st.floats(1e-6, 1e12))
    found |= dict.fromkeys(COUNTS, counts) | {"hours": st.integers(1, 10**6).map(float)}
    values = {name: draw(kind) for name, kind in found.items()}
    values["bias"] = draw(st.floats(-1, 1)) * values["mae"]
    return tuple(values[name] for name in SUMS)


def groups(code):
    """Draw the sums of all groups of a parameter."""
    return st.tuples(st.just(code), st.tuples(*[sums()] * len(LEAD_GROUPS)))


@st.composite
def networks(draw):
    """Draw how a run came true, in the order of parameters in which it is read back."""
    countries = draw(st.lists(st.text(max_size=3), unique=True, max_size=4))
    codes = draw(st.lists(st.sampled_from(list(PARAMETERS)), unique=True, max_size=3))
    found = {}
    for country in countries:
        # The first has all of them, so it says in which order they are.
        some = codes if not found else [code for code in codes if draw(st.booleans())]
        found[country] = dict(draw(groups(code)) for code in some)
    as_of = datetime(2014, 1, 3, tzinfo=UTC)
    stations = draw(st.integers(0, 10**6))
    return VerifiedNetwork(RUN_ID, as_of, draw(st.text()), draw(st.text()), stations, found)


@given(networks())
def test_networks_are_read_back(network):
    """Counts exactly, sums of errors within half a percent, of as many countries as there are."""
    assert is_read_back(network, unpack_network(RUN_ID, pack_network(network)))


def test_errors_too_small_to_tell():
    """A sum of errors that is nearly 0 does not become 0."""
    tiny = {"US": {"pm25": ((6.0, 0.0, 0.0, 0.0, 1e-300, *[0.0] * 9),) * 4}}
    read = unpack_network(RUN_ID, pack_network(NETWORK._replace(countries=tiny)))

    assert 0 < read.countries["US"]["pm25"][0][SUMS.index("mae")] < 1e-8


def head_of(**changes):
    """Return a body with other fields than it should have."""
    head, _, columns = decompress(pack_network(NETWORK)).partition(b"\n")
    return compress(json.dumps(json.loads(head) | changes).encode() + b"\n" + columns)


OLDER = {"as_of": "2013-12-31T00:00:00Z", "by": "x", "first": "x", "stations": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"damaged",
        pack_network(NETWORK)[:-20],
        compress(b"[]"),
        compress(b"{}"),
        compress(b"\xff"),
        head_of(version=3),
        head_of(countries=["US"]),
        head_of(countries=None),
        head_of(as_of="yesterday"),
        head_of(stations="many"),
        compress(json.dumps(OLDER | {"countries": {"US": {"pm25": [[1, 2]] * 4}}}).encode()),
        compress(json.dumps(OLDER | {"countries": {"US": {"pm25": [[1] * 14] * 3}}}).encode()),
    ],
)
def test_damage(body):
    """Whatever is in an item that no version wrote is the one error."""
    with pytest.raises(FormatError):
        unpack_network(RUN_ID, body)


def test_levels_that_are_too_high():
    """A damaged number does not overflow."""
    columns = bytes(4 * 4 * SUMS.index("mae")) + b"\xfe" * 16
    head = OLDER | {"version": 2, "countries": ["US"], "parameters": ["pm25"]}
    body = json.dumps(head).encode() + b"\n" + columns.ljust(4 * 4 * len(SUMS), b"\0")
    with pytest.raises(FormatError, match="no sums of a network"):
        unpack_network(RUN_ID, compress(body))


def test_the_network(store):
    """All stations together are read back from a store; a damaged item costs only itself."""
    run = a_run()
    later = network_key("20131231T0000Z-1")
    store.put_many([network_item(NETWORK, run), Item(later, b"damaged")])

    assert is_read_back(NETWORK, network_verification(store, RUN_ID))
    assert network_verification(store, "20131229T0000Z-1") is None
    assert [each.run_id for each in network_verifications(store)] == [RUN_ID]
    with pytest.raises(DamagedItemError, match="VERIFICATION"):
        network_verification(store, later.sk)
