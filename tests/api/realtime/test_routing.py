"""The routing table of target models, and the split of callers among variants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from api.errors import SettingsError
from api.realtime.routing import read_routes, read_split

client_ids = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("parameter", "country", "model"),
    [
        ("pm25", "US", "pm25.US.tar.gz"),
        ("pm25", "DE", "pm25.tar.gz"),
        ("pm25", "", "pm25.tar.gz"),
        ("o3", "DE", "o3.DE-2.tar.gz"),
        ("o3", "US", None),
        ("bc", "", None),
    ],
)
def test_most_specific_route_wins(parameter, country, model):
    """A country's own model precedes its parameter's model; a parameter without either has none."""
    routes = read_routes("pm25=pm25.tar.gz, pm25/US=pm25.US.tar.gz,o3/DE=o3.DE-2.tar.gz")

    assert routes.model_of(parameter, country) == model


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pm25", "malformed at 'pm25'"),
        ("", "malformed at ''"),
        ("pm25=a.tar.gz,", "malformed at ''"),
        ("pm2.5=a.tar.gz", "has an unknown parameter: 'pm2.5'"),
        ("soot=a.tar.gz", "has an unknown parameter: 'soot'"),
        ("pm25/USA=a.tar.gz", "has an unknown parameter: 'pm25/USA'"),
        ("pm25=", "has a malformed model name: ''"),
        ("pm25=../a.tar.gz", "has a malformed model name"),
        ("pm25=a.tar.gz,pm25=b.tar.gz", "has 'pm25' twice"),
    ],
)
def test_malformed_routes(text, reason):
    """A malformed routing table keeps the process from starting."""
    with pytest.raises(SettingsError, match=f"STATIONCAST_MODELS .*{reason}"):
        read_routes(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("depth5", "malformed"),
        ("depth_5=1", "has a malformed variant name: 'depth_5'"),
        ("a=1,a=2", "has 'a' twice"),
        ("a=-1", "has a weight of a that is not a number from 0: '-1'"),
        ("a=nan", "weight of a that is not a number"),
        ("a=inf", "weight of a that is not a number"),
        ("a=x", "weight of a that is not a number"),
        ("a=0,b=0", "no weight above 0"),
    ],
)
def test_malformed_split(text, reason):
    """A malformed split keeps the process from starting."""
    with pytest.raises(SettingsError, match=f"STATIONCAST_VARIANTS .*{reason}"):
        read_split(text)


@given(client_ids)
def test_a_pinned_caller_never_changes_its_variant(client_id):
    """The variant depends on the caller's id alone, in every process and after every restart."""
    first = read_split("depth5=95,depth10=5").variant_of(client_id)

    assert all(read_split("depth5=95,depth10=5").variant_of(client_id) == first for _ in range(3))


@given(client_ids)
def test_a_larger_share_keeps_its_callers(client_id):
    """Callers on the canary stay there when its share grows."""
    before = read_split("canary=5,stable=95").variant_of(client_id)
    after = read_split("canary=20,stable=80").variant_of(client_id)

    assert (before, after) != ("canary", "stable")


def test_split_keeps_its_shares():
    """Among 10,000 callers, a 5 % share gets as many as chance allows (binomial, 99.9 %)."""
    split = read_split("depth5=95,depth10=5")
    low, high = binom.interval(0.999, 10_000, 0.05)

    assert low <= sum(split.variant_of(f"c{i}") == "depth10" for i in range(10_000)) <= high


@given(client_ids)
def test_weight_0_gets_no_callers(client_id):
    """A variant of weight 0 gets no pinned callers."""
    assert read_split("a=0,b=2.5,c=0").variant_of(client_id) == "b"
