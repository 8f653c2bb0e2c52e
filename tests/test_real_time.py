"""Real time as a whole: the API, boto3, the stand-in of the endpoint, the model.

The night is a real one over the demo's observations; the endpoint serves the model of that night.
"""

import json
import uuid
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import make_app
from api.connect import open_endpoint
from api.realtime import circuit_breaker
from api.realtime.circuit_breaker import Breaker
from api.realtime.client import CALLS, RealtimeModel
from api.realtime.journal import Journal
from api.realtime.routing import read_routes, read_split
from batch_jobs.nightly import Night, run_night
from forecasts.item import history_key, history_of
from forecasts.runs import current_pointer
from forecasts.times import utc_text
from local.standin.endpoint import Endpoint, running
from model.inference import input_fn, predict_fn
from tests.circuits import let_time_pass
from tests.client import Client
from tests.endpoint import JSON_LINES, put_weights, until
from tests.factories import ISSUE_TIME
from tests.lambda_function import Function, running_function

STATIONS = ("EWR", "JFK", "LGA")
MORNING = ISSUE_TIME + timedelta(hours=7)
READING = {"parameter": "temperature", "time": "2013-12-30T05:10:00Z", "value": 1.5}
#: Long, so that a slow response on a busy machine is not a timeout.
PATIENCE = 60.0
#: Longer than any test, so that a circuit stays open for as long as the test wants.
RECOVERY_SECONDS = 3600


def real_clock():
    """Return the time that circuits use."""
    return datetime.now(UTC)  # noqa: TID251


@pytest.fixture
def served(store, clock, model, observations):
    """A store of each kind on the morning after two nights, the second one with factors."""
    for issue_time in (ISSUE_TIME - timedelta(days=1), ISSUE_TIME):
        run = run_night(Night(store, model, str(observations), issue_time, clock))
    assert all("calibration" in history_of(store.get(history_key(s, run.id))) for s in STATIONS)
    clock.now = MORNING
    return store


@pytest.fixture
def circuit():
    """The name of a circuit: Powertools counts failures by it for as long as the process runs."""
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def open_client(served, clock, circuit, monkeypatch):
    """A function that makes a client of an API in front of an endpoint."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with ExitStack() as stack:

        def make(endpoint, *, seconds=PATIENCE, **options):
            for name, value in endpoint.environment.items():
                monkeypatch.setenv(name, value)
            realtime = RealtimeModel(
                open_endpoint(url_of(endpoint), seconds, CALLS),
                Breaker(circuit, served, real_clock, str, RECOVERY_SECONDS),
                Journal("test", clock, str),
                seconds=seconds,
                **options,
            )
            stack.enter_context(closing(realtime))
            return Client(make_app(served, clock, realtime))

        yield make


@pytest.fixture(scope="module")
def function_process(compiled_path, tmp_path_factory):
    """The small model, compiled, in a Lambda function."""
    with running_function(compiled_path, tmp_path_factory.mktemp("function")) as function:
        yield function


@pytest.fixture(params=["sagemaker", "lambda"])
def either(request):
    """An endpoint of each kind, without faults."""
    if request.param == "sagemaker":
        return request.getfixturevalue("endpoint")
    function = request.getfixturevalue("function_process")
    function.clear_faults()
    return function


@pytest.fixture
def client(open_client, either):
    """A client of an API in front of an endpoint of each kind."""
    return open_client(either)


def url_of(endpoint):
    """Return the name of an endpoint of either kind, as the settings have it."""
    if isinstance(endpoint, Function):
        return endpoint.endpoint_url
    return f"sagemaker://{endpoint.name}"


def path_of(station_id):
    """Return the address of a station's forecast."""
    return f"/v1/stations/{station_id}/forecast"


def ask(client, *readings, station_id="JFK", **headers):
    """Send readings; return the response."""
    response = client.post(path_of(station_id), {"observations": list(readings)}, **headers)

    assert response.status_code == 200, response.text
    return response.json()


def predicted(model, line):
    """Return the model's own forecast for a line."""
    [output] = predict_fn(input_fn(json.dumps(line), JSON_LINES), model)
    return output


@pytest.mark.parametrize("query", ["", "?parameters=temperature&hours=3&quantiles=p50&tz=station"])
def test_no_readings_no_difference(client, query):
    """Without readings the real-time forecast is the stored one, number for number."""
    for station_id in STATIONS:
        path = path_of(station_id) + query
        stored = client.get(path).json()
        answer = client.post(path, {"observations": []}).json()

        assert answer["source"] == "realtime"
        assert {name: answer[name] for name in stored if name != "source"} == {
            name: stored[name] for name in stored if name != "source"
        }


def time_of(reading):
    """Return the time of a reading in the form in which it is sent."""
    return utc_text(ISSUE_TIME + timedelta(hours=reading["hours"]))


readings = st.lists(
    st.fixed_dictionaries(
        {
            "parameter": st.sampled_from(["temperature", "pressure"]),
            "hours": st.floats(-100, 7),
            "value": st.floats(850, 1090),
        }
    ),
    max_size=4,
    unique_by=lambda reading: (reading["parameter"], time_of(reading)),
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(STATIONS), readings)
def test_readings_are_what_the_model_sees(client, served, model, station_id, readings):
    """The forecast is the model's own for the station's history with the readings merged."""
    sent = [
        {
            "parameter": reading["parameter"],
            "time": time_of(reading),
            # One number is valid for both pressure and temperature.
            "value": reading["value"] / (1 if reading["parameter"] == "pressure" else 50),
        }
        for reading in readings
    ]
    answer = ask(client, *sent, station_id=station_id)
    run_id = current_pointer(served).current
    stored = history_of(served.get(history_key(station_id, run_id)))
    line = merged_by_hand(stored, sent)

    assert answer["realtime"]["issued_at"] == line["issue_time"]
    assert answer["values"] == predicted(model, line)["values"]


def merged_by_hand(stored, sent):
    """Merge readings into a line, slowly and by the rules of the guide."""
    hours = {
        (code, ISSUE_TIME - timedelta(hours=167 - index)): value
        for code, series in stored["history"].items()
        for index, value in enumerate(series)
    }
    fresh = {}
    for reading in sent:
        time = datetime.fromisoformat(reading["time"])
        label = time.replace(minute=0, second=0)
        label += timedelta(hours=1) if label < time else timedelta()
        fresh.setdefault((reading["parameter"], label), []).append(reading["value"])
    hours |= {key: round(sum(values) / len(values), 1) for key, values in fresh.items()}
    issue = max([ISSUE_TIME, *(label for _, label in fresh)])
    window = [issue - timedelta(hours=167 - index) for index in range(168)]
    history = {code: [hours.get((code, hour)) for hour in window] for code in stored["history"]}
    return {**stored, "issue_time": utc_text(issue), "history": history}


def test_place(client, model):
    """A place gets the forecast of a station with the same history."""
    history = {"temperature": [float(hour % 24) for hour in range(48)]}
    place = {"latitude": 52.5, "longitude": 13.4, "elevation": 40, "history": history}
    response = client.post("/v1/forecast", {**place, "issue_time": "2013-12-30T05:00:00Z"})
    series = [None] * 120 + history["temperature"]
    line = {**place, "station_id": "x", "issue_time": "2013-12-30T05:00:00Z"}

    assert response.status_code == 200, response.text
    assert (
        response.json()["values"]
        == (predicted(model, {**line, "history": {"temperature": series}})["values"])
    )


@pytest.mark.parametrize(
    ("faults", "seconds", "reason"),
    [
        ({"delay_seconds": 3}, 1.0, "endpoint_timeout"),
        ({"error_rate": 1}, PATIENCE, "endpoint_error"),
        ({"drop_rate": 1}, PATIENCE, "endpoint_unreachable"),
        ({"refuse": True}, PATIENCE, "endpoint_unreachable"),
        ({"throttle_rate": 1}, PATIENCE, "endpoint_busy"),
    ],
)
def test_faults(open_client, either, faults, seconds, reason):
    """For every fault of the endpoint, the night's forecast is returned with the reason."""
    client = open_client(either, seconds=seconds)
    either.put_faults(**faults)
    answer = ask(client, READING)

    assert answer["degraded"]["reason"] == reason
    assert answer["source"] == "precomputed"
    assert answer["values"] == client.get(path_of("JFK")).json()["values"]
    either.clear_faults()
    assert until(lambda: ask(client, READING)["source"], "realtime".__eq__)


def test_circuit_opens_and_closes(open_client, either, served, circuit, monkeypatch):
    """Five failures open the circuit; once the endpoint recovers, one try closes it."""
    # The state that was read is not cached, so that it is seen at once.
    monkeypatch.setattr(circuit_breaker, "CACHED_SECONDS", 0)
    client = open_client(either)
    either.put_faults(error_rate=1)
    reasons = [ask(client, READING)["degraded"]["reason"] for _ in range(6)]
    opened = client.get("/v1/status").json()["realtime"]["circuit"]
    either.clear_faults()
    still = ask(client, READING)["degraded"]["reason"]
    let_time_pass(served, circuit, RECOVERY_SECONDS)
    tried = ask(client, READING)

    assert reasons == ["endpoint_error"] * 5 + ["circuit_open"]
    assert (opened, still) == ("open", "circuit_open")
    assert tried["degraded"] is None
    assert client.get("/v1/status").json()["realtime"]["circuit"] == "closed"


def test_pinned_callers_stay(open_client, endpoint):
    """A caller with an id gets its variant, whatever the endpoint's weights are."""
    split = read_split("depth5=50,depth10=50")
    client = open_client(endpoint, split=split)
    put_weights(endpoint, {"depth5": 1, "depth10": 0})
    variants = {
        name: {ask(client, x_client_id=name)["realtime"]["variant"] for _ in range(3)}
        for name in ("ann", "bob", "cem", "dea", "eve", "fay")
    }

    assert variants == {name: {split.variant_of(name)} for name in variants}
    assert {variant for found in variants.values() for variant in found} == {"depth5", "depth10"}
    assert ask(client)["realtime"]["variant"] == "depth5"


def test_variants_that_the_endpoint_does_not_have(open_client, endpoint):
    """A split with variants that the endpoint lacks degrades responses, but nothing breaks."""
    client = open_client(endpoint, split=read_split("blue=1"))

    assert ask(client, x_client_id="ann")["degraded"]["reason"] == "endpoint_error"
    assert ask(client)["degraded"]["reason"] == "bad_answer"


@pytest.fixture(scope="module")
def multi_model(model_path, tmp_path_factory):
    """A multi-model endpoint in which each model forecasts both parameters."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("temperature", "pressure", "temperature.US"):
        (folder / f"{name}.tar.gz").write_bytes(model_path.read_bytes())
    with running(Endpoint(models=str(folder))) as endpoint:
        yield endpoint


def test_several_models(open_client, multi_model):
    """Each parameter comes from its route's model; together they equal the stored forecast."""
    text = "temperature=none.tar.gz,temperature/US=temperature.US.tar.gz,pressure=pressure.tar.gz"
    client = open_client(multi_model, routes=read_routes(text))
    answer = ask(client)

    assert answer["degraded"] is None
    assert answer["values"] == client.get(path_of("JFK")).json()["values"]


def test_a_model_that_is_missing(open_client, multi_model):
    """If a model is missing, only its parameter is degraded."""
    text = "temperature=none.tar.gz,pressure=pressure.tar.gz"
    client = open_client(multi_model, routes=read_routes(text))
    answer = ask(client)

    assert answer["source"] == "realtime"
    assert answer["degraded"]["parameters"] == {"temperature": "model_missing"}
    assert answer["values"] == client.get(path_of("JFK")).json()["values"]
