"""Forecasts from data that callers send: readings of a station, or the history of a place."""

import json

import pytest

from api.realtime.routing import read_routes, read_split
from tests.api.answering import forecast_around, of_sagemaker, refusal
from tests.api.conftest import MORNING, SECOND

PATH = "/v1/stations/JFK/forecast"
READING = {"parameter": "temperature", "time": "2013-12-31T00:10:00Z", "value": 4.1}
PLACE = {"latitude": 40.7, "longitude": -74.0, "history": {"temperature": [4.0] * 24}}


def stored(client):
    """Return the response to the lookup."""
    return client.get(PATH).json()


def test_readings_go_to_the_model(asking, runtime):
    """Readings are merged into the station's history, and the model forecasts from it."""
    response = asking.post(PATH, {"observations": [READING]})
    answer = response.json()

    assert response.status_code == 200
    assert runtime.lines[0]["issue_time"] == "2013-12-31T01:00:00Z"
    assert runtime.lines[0]["history"]["temperature"] == [3.0] * 167 + [4.1]
    assert runtime.lines[0]["history"]["pressure"][-2:] == [999.0, None]
    assert answer["station"] == stored(asking)["station"]
    assert answer["run"] == stored(asking)["run"]
    assert answer["source"] == "realtime"
    assert answer["degraded"] is None
    assert answer["realtime"] == {
        "issued_at": "2013-12-31T01:00:00Z",
        "valid_until": "2014-01-01T01:00:00Z",
        "model": "v1",
        "variant": "first",
        "observations": 1,
    }
    assert answer["time"][0] == "2013-12-31T02:00:00Z"
    assert answer["values"]["temperature"]["p50"] == [3.6] * 24
    assert answer["missing"] == {}


def test_headers(asking):
    """The response names source, run and variant, and must not be cached."""
    headers = asking.post(PATH, {"observations": [READING]}).headers

    assert headers["forecast-source"] == "realtime"
    assert headers["forecast-run"] == SECOND.id
    assert headers["forecast-variant"] == "first"
    assert headers["cache-control"] == "no-store"
    assert "forecast-variant" in headers["access-control-expose-headers"].lower()


def test_parts_are_cut(asking, runtime):
    """Parameters, hours, quantiles and time zone are selected as in the lookup."""
    query = "?parameters=temperature&hours=2&quantiles=p50&tz=station"
    answer = asking.post(PATH + query, {"observations": [READING]}).json()

    assert answer["values"] == {"temperature": {"p50": [3.6, 3.6]}}
    assert answer["time"] == ["2013-12-30T21:00:00-05:00", "2013-12-30T22:00:00-05:00"]
    assert len(runtime.lines) == 1


def test_other_parameters_come_from_the_night(asking, runtime):
    """A parameter that only the night has forecast keeps its valid times, with null after them."""
    value = {q: [1000.0] * 24 for q in ("p10", "p50", "p90")}
    runtime.answer = forecast_around(
        3.6, values={"pressure": value}, missing={"temperature": "too_few_observations"}
    )
    answer = asking.post(PATH, {"observations": [READING]}).json()
    night = stored(asking)["values"]["temperature"]

    assert answer["source"] == "realtime"
    assert answer["degraded"] == {
        "reason": "too_few_observations",
        "parameters": {"temperature": "too_few_observations"},
    }
    assert answer["values"]["temperature"]["p10"] == [*night["p10"][1:], None]
    asked = f"{PATH}?units=us&timeformat=unix"
    of_us = asking.post(asked, {"observations": [READING]}).json()
    assert of_us["values"]["temperature"]["p10"] == [36] * 23 + [None]
    assert of_us["values"]["pressure"]["p10"] == [29.53] * 24
    assert of_us["time"][0] == 1388455200
    assert answer["values"]["pressure"] == value
    assert answer["missing"] == {}


def test_forbidden_to_fall_back_for_one_parameter(asking, runtime):
    """With `fallback=forbid`, a parameter that the model does not forecast is missing."""
    value = {q: [1000.0] * 24 for q in ("p10", "p50", "p90")}
    runtime.answer = forecast_around(
        3.6, values={"pressure": value}, missing={"temperature": "too_few_observations"}
    )
    answer = asking.post(PATH + "?fallback=forbid", {"observations": [READING]}).json()

    assert list(answer["values"]) == ["pressure"]
    assert answer["missing"] == {"temperature": "too_few_observations"}
    assert answer["degraded"] is None


def test_a_model_that_knows_nothing(asking, runtime):
    """If the model has no values, the night's forecast is used, unless that is forbidden."""
    missing = dict.fromkeys(("temperature", "pressure"), "too_few_observations")
    runtime.answer = forecast_around(3.6, values={}, missing=missing)
    answer = asking.post(PATH, {"observations": [READING]}).json()
    forbidden = asking.post(PATH + "?fallback=forbid", {"observations": [READING]}).json()

    assert answer["source"] == "precomputed"
    assert answer["degraded"] == {"reason": "too_few_observations", "parameters": missing}
    assert forbidden["source"] == "realtime"
    assert (forbidden["values"], forbidden["missing"]) == ({}, missing)


def test_readings_after_the_night_is_over(asking, runtime, clock):
    """A day later, the night's forecast has no values left to use."""
    clock.now = MORNING.replace(day=31, hour=23, minute=59)
    runtime.answer = forecast_around(
        3.6, values={"pressure": {q: [1000.0] * 24 for q in ("p10", "p50", "p90")}}
    )
    late = {**READING, "time": "2013-12-31T23:30:00Z"}
    answer = asking.post(PATH, {"observations": [late]}).json()

    assert answer["missing"] == {"temperature": "not_forecast_here"}
    assert answer["degraded"] is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refusal("ModelError", 424, OriginalStatusCode=500), "endpoint_error"),
        (refusal("ThrottlingException", 400), "endpoint_busy"),
        (lambda _request: None, "endpoint_unreachable"),
        (lambda _request: (200, {}, b"not JSON"), "bad_answer"),
        (forecast_around(3.6, station_id="LGA"), "bad_answer"),
        (forecast_around(99.0), "bad_answer"),
    ],
)
def test_degrading(asking, runtime, answer, reason):
    """If the endpoint fails, the response is that of the lookup, with the reason."""
    runtime.answer = answer
    response = asking.post(PATH, {"observations": [READING]})
    night = stored(asking)
    degraded = {"reason": reason, "parameters": {"temperature": reason, "pressure": reason}}

    assert response.status_code == 200
    assert response.json() == {**night, "degraded": degraded, "realtime": None, "ignored": []}
    assert response.headers["forecast-source"] == "precomputed"
    assert "forecast-variant" not in response.headers


@pytest.mark.parametrize("time", ["2012-12-31T00:00:00Z", "2014-12-31T00:00:00Z"])
def test_readings_from_outside_the_window(asking, time):
    """A reading that is too old or in the future is ignored, and the response says so."""
    sent = [READING, {**READING, "time": time}]
    answer = asking.post(PATH, {"observations": sent}).json()
    expected = asking.post(PATH, {"observations": [READING]}).json()

    assert [each["name"] for each in answer["ignored"]] == ["observations.1.time"]
    assert answer["values"] == expected["values"]


def test_forbidden_to_fall_back(asking, runtime):
    """With `fallback=forbid`, an endpoint that is down is a 503 that says when to try again."""
    runtime.answer = lambda _request: None
    response = asking.post(PATH + "?fallback=forbid", {"observations": [READING]})

    assert response.status_code == 503
    assert response.headers["retry-after"] == "30"
    assert response.json()["type"] == "/problems/realtime-unavailable"
    assert "endpoint_unreachable" in response.json()["detail"]


@of_sagemaker
def test_different_reasons(connect_client, runtime):
    """If parameters fail for different reasons, each has its own."""
    runtime.answer = refusal("ModelNotReadyException", 429)
    client = connect_client(routes=read_routes("temperature=t.tar.gz"))
    answer = client.post(PATH, {"observations": [READING]}).json()

    assert answer["degraded"] == {
        "reason": "several",
        "parameters": {"temperature": "model_not_ready", "pressure": "model_missing"},
    }


def test_switched_off(client):
    """Without an endpoint, stations get the night's forecast and the reason; places get none."""
    answer = client.post(PATH, {"observations": []}).json()

    assert answer["degraded"]["reason"] == "endpoint_off"
    assert client.post("/v1/forecast", PLACE).status_code == 503


def test_a_station_without_history(asking, runtime):
    """A station without a stored history gets the night's forecast."""
    path = "/v1/stations/ZRH/forecast"
    answer = asking.post(path, {"observations": [READING]}).json()

    assert answer["degraded"]["reason"] == "no_history"
    assert answer["values"] == asking.get(path).json()["values"]
    assert runtime.lines == []


@pytest.mark.parametrize("station_id", ["JKF", "a b", "SILENT", "-"])
def test_unknown_station(asking, station_id):
    """A station that the run does not have is not found."""
    response = asking.post(f"/v1/stations/{station_id}/forecast", {"observations": []})

    assert response.status_code == 404
    assert response.json()["type"] == "/problems/station-not-found"


def test_place(asking, runtime):
    """A place is forecast from the history in the request."""
    response = asking.post("/v1/forecast?hours=1", {**PLACE, "elevation": 3.5})
    answer = response.json()

    assert response.status_code == 200
    assert runtime.lines[0]["history"]["temperature"] == [None] * 144 + [4.0] * 24
    assert answer["place"] == {"latitude": 40.7, "longitude": -74.0, "elevation": 3.5}
    assert answer["source"] == "realtime"
    assert answer["realtime"]["issued_at"] == "2013-12-31T01:00:00Z"
    assert answer["time"] == ["2013-12-31T02:00:00Z"]
    assert answer["values"]["temperature"]["p50"] == [3.6]
    assert "run" not in answer
    assert "forecast-run" not in response.headers


def test_place_with_too_little_history(asking, runtime):
    """If the model cannot forecast a place, the response gives the reason."""
    missing = {"temperature": "too_few_observations"}
    runtime.answer = forecast_around(3.6, values={}, missing=missing)
    answer = asking.post("/v1/forecast", PLACE).json()

    assert (answer["values"], answer["missing"], answer["degraded"]) == ({}, missing, None)


def test_place_with_another_places_answer(asking, runtime):
    """An answer for another place is refused, and there is no forecast to fall back on."""
    runtime.answer = forecast_around(3.6, station_id="place-0000000000000000")
    response = asking.post("/v1/forecast", PLACE)

    assert response.status_code == 503
    assert "bad_answer" in response.json()["detail"]


def test_zone_of_a_place(asking):
    """A place has no time zone of its own."""
    response = asking.post("/v1/forecast?tz=station", PLACE)

    assert response.status_code == 422
    assert asking.post("/v1/forecast?tz=Asia/Tokyo", PLACE).json()["time"][0].endswith("+09:00")


READINGS = {"observations": [READING]}


def observation(**changes):
    """Return a body of one reading with *changes*."""
    return {"observations": [{**READING, **changes}]}


@pytest.mark.parametrize("client_id", ["a b", "x" * 129, "é"])
def test_refused_client_ids(asking, client_id):
    """A client id that is not a short ASCII word is refused."""
    response = asking.request(
        "POST", PATH, {"x-client-id": client_id.encode("latin-1")}, json.dumps(READINGS).encode()
    )

    assert response.status_code == 422
    assert response.json()["errors"][0]["in"] == "header"


@of_sagemaker
def test_a_named_caller_stays_with_its_variant(connect_client, runtime):
    """The client id chooses the variant, the same one every time."""
    client = connect_client(split=read_split("first=50,second=50"))
    for _ in range(5):
        client.post(PATH, READINGS, x_client_id="c1")
    client.post("/v1/forecast", PLACE, x_client_id="c1")

    assert len(set(runtime.asked)) == 1
    assert runtime.asked[0][0] in ("first", "second")


def test_journal(asking, runtime, journal):
    """Each response is a line that names variant, model and outcome, and no data of the request."""
    sent = observation(value=-77.7)
    asking.post(PATH, sent, x_client_id="somebody", x_request_id="r1")
    asking.post("/v1/forecast", PLACE)
    runtime.answer = lambda _request: None
    asking.post(PATH, sent)
    of_station, of_place, degraded = journal

    assert of_station["forecast"]["temperature"]["24"] == [3.6, 3.6, 3.6]
    assert {name: of_station[name] for name in ("variant", "model", "station_id", "pinned")} == {
        "variant": "first",
        "model": "v1",
        "station_id": "JFK",
        "pinned": True,
    }
    assert (of_station["request_id"], of_station["reason"]) == ("r1", None)
    assert of_station["issued_at"] == "2013-12-31T01:00:00Z"
    assert (of_place["station_id"], of_place["forecast"], of_place["pinned"]) == (None, {}, False)
    assert (degraded["source"], degraded["reason"]) == ("precomputed", "endpoint_unreachable")
    assert (degraded["variant"], degraded["DegradedAnswers"]) == ("none", 1)
    assert "somebody" not in json.dumps(journal)
    assert "-77.7" not in json.dumps(journal)


@of_sagemaker
def test_the_journal_names_the_variant_that_failed(connect_client, runtime, journal):
    """A failure for a pinned caller counts against that caller's variant."""
    runtime.answer = lambda _request: None
    client = connect_client(split=read_split("first=1"))
    response = client.post(PATH, READINGS, x_client_id="c1")

    assert [line["variant"] for line in journal] == ["first"]
    assert "forecast-variant" not in response.headers


def test_status(asking, runtime):
    """The status shows the state of the circuit."""
    before = asking.get("/v1/status").json()["realtime"]
    runtime.answer = refusal("InternalFailure", 500)
    for _ in range(5):
        asking.post(PATH, READINGS)
    after = asking.get("/v1/status").json()["realtime"]

    assert before == {"circuit": "closed", "opened_at": None}
    assert after["circuit"] == "open"
    assert after["opened_at"].endswith("Z")
