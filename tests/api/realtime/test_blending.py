"""Chances in answers that are put together from the real-time model and the night."""

import json

import pytest

from api.realtime.blending import place_answer, station_answer
from api.realtime.client import Outcome
from tests.factories import a_forecast, quantiles_around

RAIN = quantiles_around(1.0) | {"chance": [0.6] * 24}
STORED = json.loads(
    a_forecast(values={"precipitation": RAIN}, chance_24h={"precipitation": 0.9}).to_body()
)
LINE = {
    "station_id": "JFK",
    "issue_time": "2013-12-30T00:00:00Z",
    "latitude": 40.6,
    "longitude": -73.8,
    "elevation": None,
    "history": {},
}
LATER = LINE | {"issue_time": "2013-12-30T02:00:00Z"}
WARM = {"temperature": quantiles_around(3.6)}


def test_the_models_own_chance():
    """It is that of the model's 24 hours."""
    outcome = Outcome(values={"precipitation": RAIN}, chance_24h={"precipitation": 0.7})
    answer = station_answer(STORED, LATER, outcome, fallback=True)

    assert answer["chance_24h"] == {"precipitation": 0.7}
    assert answer["values"]["precipitation"]["chance"] == [0.6] * 24
    assert place_answer(LATER, outcome)["chance_24h"] == {"precipitation": 0.7}


def test_what_a_reference_forecast():
    """It is marked, whether it comes from the model's answer or from the night."""
    night = STORED | {"models": {"precipitation": "reference", "pm25": "reference"}}
    outcome = Outcome(
        values=dict(WARM),
        missing={"precipitation": "source_late"},
        stand_ins={"temperature": "reference"},
    )
    both = {"temperature": "reference", "precipitation": "reference"}

    assert station_answer(night, LATER, outcome, fallback=True)["models"] == both
    assert "models" not in station_answer(STORED, LATER, Outcome(values=dict(WARM)), fallback=True)
    assert place_answer(LATER, outcome)["models"] == {"temperature": "reference"}


@pytest.mark.parametrize(
    ("line", "days", "end"), [(LINE, {"precipitation": 0.9}, [0.6]), (LATER, None, [None])]
)
def test_the_nights_chance(line, days, end):
    """What the night fills in has its chance in 24 hours only if they are the same 24 hours."""
    outcome = Outcome(values=dict(WARM), missing={"precipitation": "source_late"})
    answer = station_answer(STORED, line, outcome, fallback=True)

    assert answer.get("chance_24h") == days
    assert answer["values"]["precipitation"]["chance"][-1:] == end
