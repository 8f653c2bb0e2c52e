"""Validation of a single answer: whatever is not the requested forecast is refused."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import BadAnswerError, EndpointError
from api.realtime.validation import read_output
from forecasts.run import LEAD_HOURS
from tests.api.answering import output_for

LINE = {
    "station_id": "JFK",
    "issue_time": "2013-12-30T00:00:00Z",
    "history": {"temperature": [1.0] * 168, "pressure": [1010.0] * 168},
}
HOURS = [3.6] * LEAD_HOURS
GOOD = {"p10": HOURS, "p50": HOURS, "p90": HOURS}


def read(codes=("temperature",), **changes):
    """Read the output for `LINE`, with *changes*."""
    return read_output(json.dumps(output_for(LINE, **changes)).encode(), LINE, codes)


def test_good_output():
    """Values and reasons of the requested parameters are taken; others are left out."""
    changes = {"values": {"temperature": GOOD}, "missing": {"pressure": "no_observations"}}
    output = read(("temperature", "pressure", "bc"), **changes)

    assert output.model == "v1"
    assert output.values == {"temperature": GOOD}
    assert output.missing == {"pressure": "no_observations", "bc": "not_forecast_here"}
    assert read(("pressure",), **changes).values == {}


RAIN = {"p10": HOURS, "p50": HOURS, "p90": HOURS, "chance": [0.5] * LEAD_HOURS}


def read_rain(chance_24h, **changes):
    """Read an output with rain."""
    values = {"precipitation": RAIN | changes}
    return read(("precipitation",), values=values, chance_24h=chance_24h)


def test_chances():
    """They are taken with the values of the same parameter."""
    output = read_rain({"precipitation": 0.9, "temperature": 0.1})

    assert output.values == {"precipitation": RAIN}
    assert output.chance_24h == {"precipitation": 0.9}
    assert read_rain({}).chance_24h == {}


def test_what_a_reference_forecast():
    """It is taken with the values of the same parameter."""
    models = {"precipitation": "reference", "temperature": "reference"}
    output = read(("precipitation",), values={"precipitation": RAIN}, models=models)

    assert output.stand_ins == {"precipitation": "reference"}
    with pytest.raises(BadAnswerError, match="models is not an object"):
        read(("precipitation",), values={"precipitation": RAIN}, models=["precipitation"])


def read_direction(*quantiles):
    """Read an output whose 24 directions have these quantiles."""
    hours = {n: [q] * 24 for n, q in zip(("p10", "p50", "p90"), quantiles, strict=True)}
    return read(("wind_direction",), values={"wind_direction": hours}), hours


@pytest.mark.parametrize("quantiles", [(350, 10, 40), (10, 10, 10), (0, 179, 358), (90, 100, 110)])
def test_directions(quantiles):
    """An interval goes clockwise from p10 over p50 to p90, through north as anywhere."""
    output, hours = read_direction(*quantiles)

    assert output.values == {"wind_direction": hours}


@pytest.mark.parametrize("quantiles", [(40, 10, 350), (0, 180, 190), (10, 5, 20)])
def test_directions_that_are_not_in_order(quantiles):
    """No side of an interval is a half turn."""
    with pytest.raises(BadAnswerError, match="quantiles of wind_direction are not in order"):
        read_direction(*quantiles)


@pytest.mark.parametrize(
    ("chance_24h", "chance"),
    [
        ([], RAIN["chance"]),
        ({"precipitation": 1.5}, RAIN["chance"]),
        ({"precipitation": None}, RAIN["chance"]),
        ({}, [0.5] * 23),
        ({}, [-0.1] * 24),
        ({}, ["0.5"] * 24),
        ({}, 0.5),
    ],
)
def test_a_bad_chance(chance_24h, chance):
    """A chance is between 0 and 1, of each hour."""
    with pytest.raises(BadAnswerError):
        read_rain(chance_24h, chance=chance)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"not JSON",
        b"[]",
        b"3",
        b"null",
        b"[" * 100_000,
        b"{}\n{}\n",
        b'{"station_id": "JFK"}',
    ],
)
def test_malformed_output(body):
    """Anything but one line of JSON with the fields of an output is refused."""
    with pytest.raises(BadAnswerError):
        read_output(body, LINE, ["temperature"])


@pytest.mark.parametrize(
    "changes",
    [
        {"station_id": "LGA"},
        {"station_id": None},
        {"issue_time": "2013-12-29T00:00:00Z"},
        {"model": None},
        {"values": None},
        {"missing": []},
        {"values": {"temperature": None}},
        {"values": {"temperature": {}}},
        {"values": {"temperature": {"p10": HOURS, "p50": HOURS}}},
        {"values": {"temperature": GOOD | {"p99": HOURS}}},
        {"values": {"temperature": GOOD | {"p90": HOURS[1:]}}},
        {"values": {"temperature": GOOD | {"p90": [*HOURS, 4.0]}}},
        {"values": {"temperature": GOOD | {"p90": "24 times 3.6"}}},
        {"values": {"temperature": GOOD | {"p90": [*HOURS[1:], None]}}},
        {"values": {"temperature": GOOD | {"p90": [*HOURS[1:], "4"]}}},
        {"values": {"temperature": GOOD | {"p90": [*HOURS[1:], True]}}},
        {"values": {"temperature": GOOD | {"p90": [*HOURS[1:], math.nan]}}},
        {"values": {"temperature": GOOD | {"p90": [*HOURS[1:], math.inf]}}},
        {"values": {"temperature": GOOD | {"p90": [*HOURS[1:], 61]}}},
        {"values": {"temperature": GOOD | {"p90": [*HOURS[1:], 3.5]}}},
        {"values": {"temperature": GOOD | {"p10": [*HOURS[1:], 3.7]}}},
    ],
)
def test_another_forecast(changes):
    """Another station's values, too few, implausible ones and crossed quantiles are refused."""
    with pytest.raises(BadAnswerError):
        read(**changes)


def test_a_refused_line():
    """A line that the model refuses is an error with the model's reason, and no bad answer."""
    body = b'{"station_id":"JFK","error":"line 1: no field \'history\'"}\n'
    with pytest.raises(EndpointError, match="refuses the line: line 1: no field") as raised:
        read_output(body, LINE, ["temperature"])

    assert type(raised.value) is EndpointError
    assert raised.value.reason == "endpoint_error"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
)


@given(
    st.sampled_from(["station_id", "issue_time", "model", "values", "missing", "chance_24h"]),
    json_values,
)
def test_any_answer_is_accepted_or_refused(field, value):
    """Any answer, however odd, is either accepted or refused."""
    try:
        output = read(**{field: value})
    except BadAnswerError:
        return

    assert set(output.values) | set(output.missing) == {"temperature"}
