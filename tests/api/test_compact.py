"""JSON of the API is what the standard library would have written, and read, number for number."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.compact import dumps, loads
from forecasts import forecast

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
) | st.text(st.characters(exclude_categories=["Cs"]))


@given(values)
def test_round_trip(value):
    """What is written reads as it was, by us and by the standard library."""
    assert loads(dumps(value)) == json.loads(dumps(value)) == value


@given(values)
def test_the_stores_own(value):
    """What the nightly run has written reads as it was."""
    assert loads(forecast.dumps(value)) == value


def test_compact():
    """There are no blanks, and text stays text."""
    assert dumps({"a": [1.5, None], "unit": "°C"}) == '{"a":[1.5,null],"unit":"°C"}'.encode()


def test_no_number():
    """What is no number becomes null: a parser of JSON takes nothing else."""
    assert dumps([math.nan, math.inf]) == b"[null,null]"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[1] 2", b"[" * 10_000])
def test_no_json(body):
    """What is no JSON is refused, however it is broken."""
    with pytest.raises(ValueError, match="line 1"):
        loads(body)
