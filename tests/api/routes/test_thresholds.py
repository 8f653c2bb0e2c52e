"""The chance of a value above a threshold, in each hour."""

import pytest

from tests.api.answering import forecast_around
from tests.api.routes.test_context import PLACE, READING
from tests.api.routes.test_forecasts import JFK, reasons

ZURICH = "/v1/stations/ZRH/forecast"


def test_chances(client):
    """They stand beside the quantiles, whichever these are; the threshold is told."""
    answer = client.get(f"{JFK}?parameters=temperature&above=3.6&hours=2&quantiles=p50").json()

    assert answer["values"] == {"temperature": {"p50": [3.1, 3.1], "above": [0.3, 0.3]}}
    assert answer["above"] == {"temperature": 3.6}


@pytest.mark.parametrize(
    ("above", "chance"), [(-40, 0.9), (2.1, 0.9), (2.6, 0.7), (3.1, 0.5), (4.1, 0.1), (60, 0.1)]
)
def test_chances_are_never_more_certain_than_the_quantiles(client, above, chance):
    """Beyond p10 and p90 nothing is known."""
    answer = client.get(f"{JFK}?parameters=temperature&above={above}&hours=1").json()

    assert answer["values"]["temperature"]["above"] == [chance]


def test_the_threshold_has_the_requested_unit(client):
    """37.58 °F are 3.1 °C, the median."""
    answer = client.get(f"{JFK}?parameters=temperature&above=37.58&units=us&hours=1").json()

    assert answer["values"]["temperature"]["above"] == [0.5]
    assert answer["above"] == {"temperature": 37.58}


def test_rain(client):
    """The chance of any rain is the one that the model gives."""
    asked = f"{ZURICH}?parameters=precipitation&hours=1"
    values = client.get(f"{asked}&above=0").json()["values"]["precipitation"]

    assert values["above"] == values["chance"] == [0.65]
    assert client.get(f"{asked}&above=1.5").json()["values"]["precipitation"]["above"] == [0.3]


def test_a_parameter_that_is_not_forecast(client):
    """It has no chances; it is missing as ever."""
    answer = client.get(f"{JFK}?parameters=o3&above=100").json()

    assert answer["values"] == {}
    assert "above" not in answer
    assert answer["missing"] == {"o3": "not_forecast_here"}


def test_lists(client):
    """Each of several stations has its chances."""
    asked = "parameters=pm25&above=12&hours=1"
    jfk, zurich = client.get(f"/v1/forecasts?stations=JFK,ZRH&{asked}").json()["items"]
    place = "latitude=47&longitude=8"
    [nearest] = client.get(f"/v1/forecasts/nearest?{place}&{asked}").json()["items"]

    assert jfk["values"] == {}
    assert zurich["values"]["pm25"]["above"] == nearest["values"]["pm25"]["above"] == [0.5]


def test_forecasts_from_readings(asking, runtime):
    """They have chances, too, from the real-time model and from the night."""
    path = f"{JFK}?parameters=temperature&above=3.1&hours=1"
    runtime.answer = forecast_around(3.6)
    realtime = asking.post(path, {"observations": [READING]}).json()
    runtime.answer = forecast_around(0, values={}, missing={"temperature": "no_observations"})
    night = asking.post(path, {"observations": [READING]}).json()

    assert realtime["source"] == "realtime"
    assert realtime["values"]["temperature"]["above"] == [0.9]
    assert night["source"] == "precomputed"
    assert night["values"]["temperature"]["above"] == [0.5]
    assert night["above"] == {"temperature": 3.1}


def test_a_place(asking):
    """A place without a station has chances, too."""
    answer = asking.post("/v1/forecast?parameters=temperature&above=9&hours=1", PLACE).json()

    assert answer["values"]["temperature"]["above"] == [0.1]


@pytest.mark.parametrize("query", ["", "&parameters=temperature,pm25"])
@pytest.mark.parametrize("path", [f"{JFK}?", "/v1/forecasts?stations=JFK&"])
def test_one_parameter(client, path, query):
    """A threshold is one of exactly one parameter."""
    refused = reasons(client.get(f"{path}above=3{query}"))

    assert refused == {"above": "needs exactly one parameter, such as parameters=temperature"}


@pytest.mark.parametrize("above", ["abc", "NaN", "inf", "-Infinity", "", "1e999", "3,4"])
def test_a_threshold_is_a_number(client, above):
    """Anything else is refused by name."""
    response = client.get(f"{JFK}?parameters=temperature&above={above}")

    assert list(reasons(response)) == ["above"]


def test_bad_parameters_are_all_there_is_to_say(client):
    """A misspelt parameter is refused, and the threshold with it is not."""
    assert list(reasons(client.get(f"{JFK}?parameters=pm2.5&above=3"))) == ["parameters"]


def test_a_direction_has_no_threshold(client):
    """Of directions, none is above another."""
    refused = reasons(client.get(f"{JFK}?parameters=wind_direction&above=90"))

    assert refused == {"above": "wind_direction is a direction, of which none is above another"}


def test_another_threshold_is_another_answer(client):
    """A client that has the answer for one threshold is not told that it has that for another."""
    ask = f"{JFK}?parameters=temperature&above="
    etag = client.get(f"{ask}3.5").headers["etag"]

    assert client.get(f"{ask}3.5", if_none_match=etag).status_code == 304
    assert client.get(f"{ask}3.6", if_none_match=etag).status_code == 200
