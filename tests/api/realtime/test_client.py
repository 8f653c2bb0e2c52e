"""The client of the real-time model: which model it asks, for how long, and what it returns."""

import asyncio
import json
import time
import uuid
from datetime import UTC, datetime
from threading import Event
from urllib.parse import unquote

import pytest

from api.connect import open_endpoint, open_realtime
from api.realtime.circuit_breaker import Breaker
from api.realtime.client import CALLS, Question, RealtimeModel
from api.realtime.journal import Journal
from api.realtime.routing import read_routes, read_split
from api.settings import Settings
from tests.api.answering import forecast_around, of_sagemaker, output_for, refusal

LINE = {
    "station_id": "JFK",
    "latitude": 40.6,
    "longitude": -73.8,
    "elevation": 4.0,
    "issue_time": "2013-12-30T00:00:00Z",
    "history": {"temperature": [1.0] * 168, "pressure": [1010.0] * 168, "pm25": [None] * 168},
}
ROUTES = read_routes(
    "temperature=t.tar.gz,pressure=p.tar.gz,temperature/DE=t.DE.tar.gz,pm25/US=pm25.US.tar.gz"
)
#: The time limit of a test about it, and one that a busy machine does not reach.
SECONDS, PATIENCE = 0.5, 60.0


def now():
    """Return the time: the circuit's state is dated by the real clock."""
    return datetime.now(UTC)  # noqa: TID251


@pytest.fixture
def a_realtime(runtime, empty_store, scheme):  # noqa: ARG001 -- boto3 finds the server
    """A function that makes a real-time model behind the server, with a circuit of its own."""
    made = []

    def make(seconds=PATIENCE, **options):
        name = f"test-{uuid.uuid4().hex}"
        endpoint = open_endpoint(f"{scheme}://{name}", PATIENCE, CALLS)
        breaker = Breaker(name, empty_store, now, str)
        made.append(
            RealtimeModel(endpoint, breaker, Journal("test", now, str), seconds=seconds, **options)
        )
        return made[-1]

    yield make
    for realtime in made:
        realtime.close()


def ask(realtime, *parameters, country="US", client_id=None):
    """Ask for one forecast."""
    codes = parameters or ("temperature", "pressure")
    return asyncio.run(realtime.ask(Question(LINE, codes, country, client_id, "r1")))


def test_one_model(a_realtime, runtime):
    """One call asks for all parameters, and the result combines them."""
    runtime.answer = forecast_around(3.6, values={}, missing={"temperature": "no_observations"})
    outcome = ask(a_realtime())

    assert runtime.lines == [LINE]
    assert runtime.asked == [(None, None)]
    assert outcome.values == outcome.failures == {}
    assert outcome.missing == {"temperature": "no_observations", "pressure": "not_forecast_here"}
    assert outcome.models == ["v1"]
    assert outcome.variant == "first"
    assert outcome.milliseconds > 0


def by_model(request):
    """Answer under the name of the target model; the model of pressure is not ready."""
    model = request.headers["X-Amzn-SageMaker-Target-Model"]
    if model == "p.tar.gz":
        return refusal("ModelNotReadyException", 429)(request)
    value = 1000.0 if model == "p.tar.gz" else 3.6
    return forecast_around(value, model=model)(request)


@of_sagemaker
@pytest.mark.parametrize(("country", "model"), [("US", "t.tar.gz"), ("DE", "t.DE.tar.gz")])
def test_several_models(a_realtime, runtime, country, model):
    """A model that is missing or not ready fails its parameter alone."""
    runtime.answer = by_model
    outcome = ask(a_realtime(routes=ROUTES), "temperature", "pressure", "pm25", country="FR")

    assert list(outcome.values) == ["temperature"]
    assert outcome.failures == {"pressure": "model_not_ready", "pm25": "model_missing"}
    outcome = ask(a_realtime(routes=ROUTES), "temperature", country=country)
    assert outcome.models == [model]


@of_sagemaker
def test_models_are_asked_at_the_same_time(a_realtime, runtime):
    """Two models are called at the same time, so both together take as long as one."""
    arrived = []

    def together(request):
        arrived.append(request)
        deadline = time.monotonic() + PATIENCE
        while len(arrived) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        return forecast_around(3.6)(request) if len(arrived) == 2 else None

    runtime.answer = together
    outcome = ask(a_realtime(routes=ROUTES), "temperature", "pressure")

    assert "temperature" in outcome.values
    assert len(arrived) == 2


@of_sagemaker
def test_nothing_to_ask(a_realtime, runtime):
    """If no parameter has a route, no model is called and no time is measured."""
    outcome = ask(a_realtime(routes=ROUTES), "bc")

    assert outcome.failures == {"bc": "model_missing"}
    assert outcome.milliseconds is None
    assert runtime.lines == []


@of_sagemaker
def test_a_pinned_caller_asks_its_variant(a_realtime, runtime):
    """The caller's id chooses the target variant; without an id the endpoint's weights do."""
    split = read_split("first=1,second=0")
    realtime = a_realtime(split=split)

    assert "temperature" in ask(realtime, "temperature", client_id="c1").values
    assert "temperature" in ask(realtime, "temperature").values
    assert runtime.asked == [("first", None), (None, None)]


@of_sagemaker
@pytest.mark.parametrize("client_id", [None, "c1"])
@pytest.mark.parametrize("variant", ["shadow", "second"])
def test_answers_from_other_variants(a_realtime, runtime, client_id, variant):
    """An answer from a variant that is not configured, or not the caller's own, is refused."""
    runtime.answer = forecast_around(3.6, variant=variant)
    outcome = ask(a_realtime(split=read_split("first=1,second=0")), client_id=client_id)
    taken = variant == "second" and client_id is None

    assert outcome.failures.get("temperature") == (None if taken else "bad_answer")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", json.dumps(output_for(LINE, station_id="LGA")).encode()]
)
def test_bad_answers(a_realtime, runtime, body, caplog):
    """A malformed answer fails, and the log gives the reason without repeating the answer."""
    runtime.answer = lambda _request: (200, {}, body)

    assert set(ask(a_realtime()).failures.values()) == {"bad_answer"}
    assert "bad_answer, request_id r1" in caplog.text
    assert "<html>" not in caplog.text


def test_the_time_limit_holds(a_realtime, runtime, caplog):
    """Calls that hang fail at the limit, however many there are, and so do those that queued."""
    over = Event()

    def hang(_request):
        over.wait()

    runtime.answer = hang
    realtime = a_realtime(seconds=SECONDS)

    async def crowd():
        questions = [Question(LINE, ("pressure",), "", None, "r")] * (2 * CALLS)
        return await asyncio.gather(*map(realtime.ask, questions))

    try:
        outcomes = asyncio.run(crowd())
        asked = len(runtime.lines)
    finally:
        over.set()

    assert [outcome.failures for outcome in outcomes] == [{"pressure": "endpoint_timeout"}] * (
        2 * CALLS
    )
    # Not the limit of the endpoint itself, which is longer.
    assert caplog.text.count("no answer within 0.5 s") == 2 * CALLS
    assert asked <= CALLS


def test_an_open_circuit_makes_no_calls(a_realtime, runtime):
    """After five failures in a row the endpoint is not called any more."""
    runtime.answer = refusal("InternalFailure", 500)
    realtime = a_realtime()
    reasons = [ask(realtime).failures["temperature"] for _ in range(7)]

    assert reasons == ["endpoint_error"] * 5 + ["circuit_open"] * 2
    assert asyncio.run(realtime.circuit()).state == "open"
    assert len(runtime.lines) == 5


def test_opened_from_settings(runtime, empty_store):
    """The settings give the endpoint, limit, split, routes, and the service in the journal."""
    lines = []
    name = f"sagemaker://test-{uuid.uuid4().hex}"
    settings = Settings(
        "x",
        name,
        PATIENCE,
        read_split("first=1"),
        read_routes("temperature=t.tar.gz"),
        service="weather",
    )
    realtime = open_realtime(settings, empty_store, now, lines.append)
    try:
        outcome = ask(realtime, "temperature", client_id="c1")
        runtime.answer = refusal("ServiceUnavailable", 503)
        for _ in range(5):
            ask(realtime, "temperature")
    finally:
        realtime.close()

    assert list(outcome.values) == ["temperature"]
    assert runtime.asked[0] == ("first", "t.tar.gz")
    assert [json.loads(line)["circuit"] for line in lines] == ["open"]
    assert json.loads(lines[0])["service"] == "weather"


def test_a_function_opened_from_settings(runtime, empty_store):
    """A Lambda function is called by name and alias, and its version is used as the variant."""
    name = f"test-{uuid.uuid4().hex}:live"
    realtime = open_realtime(Settings("x", f"lambda://{name}", PATIENCE), empty_store, now, print)
    runtime.answer = forecast_around(3.6, variant="7")
    outcome = ask(realtime, "temperature")
    realtime.close()

    assert list(outcome.values) == ["temperature"]
    assert outcome.variant == "7"
    assert [unquote(p) for p in runtime.paths] == [f"/2015-03-31/functions/{name}/invocations"]


def test_switched_off(empty_store):
    """Settings without an endpoint open nothing."""
    assert open_realtime(Settings("x"), empty_store, now, print) is None
