"""The body of a lookup: written and read back."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forecasts.errors import FormatError
from forecasts.forecast import Forecast, dumps
from forecasts.station import Station
from tests.factories import a_forecast, forecasts


@given(forecasts())
def test_round_trip(forecast):
    """A forecast survives being written as the body of a lookup."""
    assert Forecast.from_body(forecast.to_body()) == forecast


def test_answer():
    """The body is compact UTF-8 JSON with everything that is known before publication."""
    answer = json.loads(a_forecast().to_body())

    assert list(answer) == ["station", "run", "source", "time", "units", "values", "missing"]
    assert answer["run"] == {
        "id": "20131230T0000Z-1",
        "issued_at": "2013-12-30T00:00:00Z",
        "valid_until": "2013-12-31T00:00:00Z",
        "next_expected_at": "2013-12-31T00:30:00Z",
        "model": "demo",
    }
    assert answer["source"] == "precomputed"
    assert answer["units"] == {"temperature": "°C"}
    assert answer["missing"] == {"pressure": "too_few_observations"}
    assert "°C".encode() in a_forecast().to_body()


def test_notice():
    """A run that readers must know something about says so, as the last field of `run`."""
    noted = a_forecast(notice="Weather of 2013, moved to today.").to_answer()["run"]

    assert list(noted.items())[-1] == ("notice", "Weather of 2013, moved to today.")


def test_valid_times():
    """The first value is for an hour after the issue time, the last for 24 hours after it."""
    times = a_forecast().to_answer()["time"]

    assert (times[0], times[-1]) == ("2013-12-30T01:00:00Z", "2013-12-31T00:00:00Z")
    assert len(times) == len(set(times)) == 24


def test_station_of_the_answer():
    """The body has all fields of its station."""
    assert a_forecast().to_answer()["station"] == {
        "id": "JFK",
        "name": "John F Kennedy Intl",
        "country": "US",
        "latitude": 40.639751,
        "longitude": -73.778925,
        "elevation": 4.0,
        "timezone": "America/New_York",
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_nan_in_json(value):
    """Values that JSON cannot express are not written."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps([value])


GOOD = a_forecast().to_answer()


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        GOOD | {"run": []},
        GOOD | {"run": GOOD["run"] | {"issued_at": "2013-12-30T00:00:00"}},
        GOOD | {"run": GOOD["run"] | {"issued_at": 3}},
        GOOD | {"station": GOOD["station"] | {"latitude": 91}},
        GOOD | {"station": GOOD["station"] | {"timezone": "Mars/Olympus"}},
        {field: value for field, value in GOOD.items() if field != "values"},
    ],
)
def test_not_a_forecast(answer):
    """JSON that is not a forecast of this version is refused, whatever is wrong with it."""
    with pytest.raises(FormatError, match="not a forecast"):
        Forecast.from_body(dumps(answer))


BODY = a_forecast().to_body()


@given(st.binary(max_size=50) | st.integers(0, len(BODY) - 1).map(lambda end: BODY[:end]))
@example(b"\xff")
def test_any_bytes(body):
    """Arbitrary bytes and cut bodies are refused."""
    with pytest.raises(FormatError):
        Forecast.from_body(body)


def test_station_without_elevation():
    """A station of unknown elevation has null."""
    nowhere = Station("X", name="", country="", latitude=0.0, longitude=0.0)

    unknown = Forecast.from_body(a_forecast(station=nowhere).to_body())

    assert unknown.station.elevation is None
    assert unknown.station.timezone == "UTC"
