"""The Lambda entry point, with the events of an API Gateway HTTP API."""

import asyncio
import base64
import gzip
import importlib
import json
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.errors import SettingsError
from forecasts import runs
from forecasts.errors import StoreError
from forecasts.item import StationEntry, catalogue_item
from forecasts.stores.sqlite import SQLiteStore
from tests.api.conftest import forecast_of, load
from tests.factories import A_STATION, a_run, a_station
from tests.packed import history_item

EVENTS = Path(__file__).parents[1] / "events"
ROOT = Path(__file__).parents[2]

#: The handler reads the real clock, so its run must still be valid then.
RUN = a_run(parts=2, planned_at=datetime(2999, 1, 1, tzinfo=UTC))

HEAVY = {
    "aws_lambda_powertools",
    "numpy",
    "polars",
    "xgboost",
    "scipy",
    "sagemaker",
    "boto3",
    "botocore",
    "model",
}


LINE = {
    "station_id": "JFK",
    "latitude": 40.6,
    "longitude": -73.8,
    "elevation": 4.0,
    "issue_time": "2013-12-30T00:00:00Z",
    "history": {"temperature": [3.0] * 168},
}


def event(name, **headers):
    """Read an event and give it more *headers*."""
    read = json.loads((EVENTS / f"{name}.json").read_text())
    read["headers"] |= {key.replace("_", "-"): value for key, value in headers.items()}
    return read


@pytest.fixture
def store_url(tmp_path, clock):
    """The URL of a store with a published run."""
    path = tmp_path / "forecasts.db"
    with closing(SQLiteStore(str(path), clock, create=True)) as store:
        load(store, RUN)
        runs.publish(store, RUN.id, clock.now)
    return f"sqlite:///{path}"


def imported():
    """Import the handler anew, as a new process does."""
    sys.modules.pop("api.handler", None)
    return importlib.import_module("api.handler")


@pytest.fixture
def invoke(store_url, monkeypatch):
    """A function that sends an event to the handler."""
    monkeypatch.setenv("STATIONCAST_STORE", store_url)
    with handling() as handle:
        yield handle


@contextmanager
def handling():
    """Yield the handler of a new process."""
    # A Lambda process ends with its store and event loop open; a test must close them.
    with closing(asyncio.new_event_loop()) as loop:
        asyncio.set_event_loop(loop)
        module = imported()
        with closing(module._store):  # noqa: SLF001 -- see above
            yield lambda event: module.handler(event, None)
    asyncio.set_event_loop(None)


def test_post_without_an_endpoint(invoke):
    """If real time is switched off, the night's forecast is returned."""
    answer = json.loads(invoke(event("api_post"))["body"])

    assert answer["degraded"]["reason"] == "endpoint_off"
    assert answer["values"] == forecast_of(RUN, A_STATION).to_answer()["values"]


def test_post(store_url, runtime, monkeypatch, capsys):
    """The endpoint is called, and the journal is written to the log unchanged."""
    with closing(SQLiteStore(store_url.removeprefix("sqlite:///"), None, create=False)) as store:
        store.put_many([history_item(LINE, RUN)])
    monkeypatch.setenv("STATIONCAST_STORE", store_url)
    monkeypatch.setenv("STATIONCAST_ENDPOINT", "sagemaker://test-handler")
    with handling() as handle:
        answer = handle(event("api_post"))

    assert json.loads(answer["body"])["source"] == "realtime"
    assert answer["headers"]["forecast-variant"] == "first"
    assert runtime.lines == [LINE]
    assert json.loads(capsys.readouterr().out)["station_id"] == "JFK"


def test_json(invoke):
    """A lookup returns text that API Gateway passes on unchanged."""
    answer = invoke(event("api_get"))

    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is False
    assert answer["body"].encode() == forecast_of(RUN, A_STATION).to_body()
    assert answer["headers"]["content-type"] == "application/json"
    assert answer["headers"]["forecast-run"] == RUN.id


def edr(path, **headers):
    """Return the event that requests an address of OGC API EDR."""
    asked = event("api_get", **headers)
    asked["rawPath"] = asked["requestContext"]["http"]["path"] = f"/edr/collections/{path}"
    return asked


def test_edr(invoke):
    """Coverages and the list of stations, which is sent in parts, arrive as text, or as gzip."""
    coverage = invoke(edr("forecasts/locations/JFK"))
    listed = invoke(edr("forecasts/locations"))
    packed = invoke(edr("forecasts/locations", accept_encoding="gzip"))

    assert coverage["isBase64Encoded"] is False
    assert json.loads(coverage["body"])["type"] == "Coverage"
    assert json.loads(listed["body"])["numberReturned"] == 4
    assert gzip.decompress(base64.b64decode(packed["body"])) == listed["body"].encode()


def test_an_answer_that_is_too_large(store_url, monkeypatch):
    """What Lambda would not send is a problem that says what to do; what is just large is sent."""
    stations = [a_station(id=f"S{n}", name="é" * 400) for n in range(2600)]
    with closing(SQLiteStore(store_url.removeprefix("sqlite:///"), None, create=False)) as store:
        entries = [StationEntry(station, ("temperature",)) for station in stations]
        store.put_many([catalogue_item(RUN, 0, entries), catalogue_item(RUN, 1, [])])
    monkeypatch.setenv("STATIONCAST_STORE", store_url)
    with handling() as handle:
        refused = handle(edr("forecasts/locations"))
        page = handle(edr("forecasts/locations") | {"rawQueryString": "limit=2000"})
        packed = handle(edr("forecasts/locations", accept_encoding="gzip"))

    assert refused["statusCode"] == 413
    assert refused["headers"]["content-type"] == "application/problem+json"
    assert json.loads(refused["body"])["type"] == "/problems/too-much-asked"
    assert json.loads(refused["body"])["request_id"] == refused["headers"]["x-request-id"]
    assert json.loads(page["body"])["numberReturned"] == 2000
    assert json.loads(gzip.decompress(base64.b64decode(packed["body"])))["numberReturned"] == 2600


def test_gzip(invoke):
    """A compressed body is base64, which API Gateway decodes."""
    answer = invoke(event("api_get_gzip"))
    body = base64.b64decode(answer["body"])

    assert answer["isBase64Encoded"] is True
    assert answer["headers"]["content-encoding"] == "gzip"
    assert answer["headers"]["content-length"] == str(len(body))
    assert gzip.decompress(body) == forecast_of(RUN, A_STATION).to_body()


def test_query(invoke):
    """The query string of the event filters the forecast."""
    answer = json.loads(invoke(event("api_query"))["body"])

    assert answer["values"] == {
        "temperature": {"p10": [2.0] * 2, "p50": [3.0] * 2, "p90": [4.0] * 2}
    }


def test_geojson(invoke):
    """GeoJSON is sent as text."""
    answer = invoke(event("api_geojson"))

    assert answer["isBase64Encoded"] is False
    assert len(json.loads(answer["body"])["features"]) == 2
    assert answer["headers"]["link"].startswith("<?format=geojson&limit=2&cursor=")


def test_head(invoke):
    """HEAD has the length of the body and no body."""
    answer = invoke(event("api_head"))

    assert answer["statusCode"] == 200
    assert answer["body"] == ""
    assert int(answer["headers"]["content-length"]) > 1000


def test_options(invoke):
    """A preflight is allowed for any origin."""
    answer = invoke(event("api_options"))

    assert answer["statusCode"] == 204
    assert answer["headers"]["access-control-allow-origin"] == "*"
    assert answer["body"] == ""


def test_not_modified(invoke):
    """A client that has the response gets 304."""
    etag = invoke(event("api_get"))["headers"]["etag"]
    answer = invoke(event("api_get", if_none_match=etag))

    assert answer["statusCode"] == 304
    assert answer["body"] == ""


def test_problem(invoke):
    """A refusal is a problem, sent as text."""
    answer = invoke(event("api_refused"))

    assert answer["statusCode"] == 400
    assert answer["isBase64Encoded"] is False
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert json.loads(answer["body"])["suggestions"] == ["hours"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_paths_are_decoded_once(invoke, method):
    """The gateway has decoded the path: J%2546K of the client is the id J%46K, not JFK."""
    asked = event("api_post" if method == "POST" else "api_get")
    asked["requestContext"]["http"]["path"] = "/v1/stations/J%46K/forecast"
    answer = invoke(asked)

    assert answer["statusCode"] == 404
    assert "no station 'J%46K'" in json.loads(answer["body"])["detail"]


@pytest.mark.parametrize(
    "foreign",
    [
        {},
        None,
        [],
        "warm-up",
        {"warmup": True},
        {"version": "2.0"},
        {"version": "2.0", "requestContext": {"http": None}},
        {"version": "2.0", "requestContext": {"http": {"method": "GET"}}},
        {"version": "1.0", "path": "/", "httpMethod": "GET", "requestContext": {}},
        {"resource": "/", "path": "/", "httpMethod": "GET", "requestContext": {"stage": "x"}},
        {"requestContext": {"elb": {"targetGroupArn": "x"}}, "httpMethod": "GET", "path": "/"},
        {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
    ],
)
def test_other_events(invoke, foreign, caplog):
    """An event that is no request to an HTTP API gets, and logs, one line about what is one."""
    answer = invoke(foreign)

    assert answer["statusCode"] == 400
    assert answer["body"].startswith("this function answers events of an API Gateway HTTP API")
    [record] = caplog.records
    assert "this event has the fields: " in record.getMessage()
    assert record.exc_info is None


def test_process_does_not_start_without_settings(monkeypatch):
    """A missing variable stops the process while it starts, not at the first request."""
    monkeypatch.delenv("STATIONCAST_STORE", raising=False)

    with pytest.raises(SettingsError):
        imported()


def test_process_does_not_start_without_a_store(monkeypatch, tmp_path):
    """A missing store stops the process while it starts."""
    monkeypatch.setenv("STATIONCAST_STORE", f"sqlite:///{tmp_path}/nothing.db")

    with pytest.raises(StoreError):
        imported()


def test_a_lookup_loads_nothing_heavy(store_url, monkeypatch):
    """A new process that handles a lookup loads no AWS client and no numerical library."""
    monkeypatch.setenv("STATIONCAST_STORE", store_url)
    script = (
        "import api.handler, json, sys\n"
        "answer = api.handler.handler(json.load(sys.stdin), None)\n"
        "print(answer['statusCode'], *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        input=json.dumps(event("api_get")),
        capture_output=True,
        text=True,
        check=True,
    )
    status, *loaded = done.stdout.split()

    assert status == "200"
    assert set(loaded) & HEAVY == set()
    assert {"api", "fastapi", "mangum"} <= set(loaded)
