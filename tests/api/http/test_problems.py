"""The shape of every error.

    {"type": "/problems/<name>", "title": …, "status": …, "detail": …,
     "instance": <the path>, "request_id": <as the header>}

and `suggestions` or `errors` if there are any.
"""

import re

import pytest

from api.app import make_app
from api.http.problems import MOST_ERRORS
from api.problem_types import BY_NAME
from forecasts.errors import FormatError
from tests.api.conftest import FailingStore
from tests.client import Client

COMMON = {"type", "title", "status", "detail", "instance", "request_id"}
REFUSED = [
    ("/v1/stations/JFK/forecast?hour=3", "unknown-parameter", {"suggestions"}),
    ("/v1/forecasts?station=JFK", "unknown-parameter", {"suggestions"}),
    ("/v1/forecasts/nearest?lat=1&longitude=1", "unknown-parameter", {"suggestions"}),
    ("/v1/stations?nearr=1,2", "unknown-parameter", {"suggestions"}),
    ("/v1/stations/JFK?q=1", "unknown-parameter", {"suggestions"}),
    ("/v1/parameters?limit=1", "unknown-parameter", {"suggestions"}),
    ("/v1/runs?state=failed", "unknown-parameter", {"suggestions"}),
    ("/v1/runs/current?a=1", "unknown-parameter", {"suggestions"}),
    ("/v1/status?verbose", "unknown-parameter", {"suggestions"}),
    ("/healthz?x=", "unknown-parameter", {"suggestions"}),
    ("/docs?x=1", "unknown-parameter", {"suggestions"}),
    ("/openapi.json?x=1", "unknown-parameter", {"suggestions"}),
    ("/?x=1", "unknown-parameter", {"suggestions"}),
    ("/problems/not-found?x=1", "unknown-parameter", {"suggestions"}),
    ("/v1/stations/JFK/forecast?hours=25", "invalid-parameter", {"errors"}),
    ("/v1/stations/JFK/forecast?hours=1&hours=2", "invalid-parameter", {"errors"}),
    ("/v1/forecasts", "invalid-parameter", {"errors"}),
    ("/v1/stations/JFK/forecast?run=20200101T0000Z-1", "run-not-found", set()),
    ("/v1/runs/20200101T0000Z-1", "run-not-found", set()),
    ("/v1/runs/CURRENT", "run-not-found", set()),
    ("/v1/runs/%00", "run-not-found", set()),
    ("/v1/stations/X/forecast", "station-not-found", {"suggestions"}),
    ("/v1/stations/X", "station-not-found", {"suggestions"}),
    ("/problems/nothing", "not-found", set()),
    ("/v2/stations", "not-found", set()),
    ("/v1/stations/", "not-found", set()),
    ("/v1/stations/../../etc/passwd", "not-found", set()),
]
STATUSES = {kind.name: kind.status for kind in BY_NAME.values()}


def check(response, name, extra=frozenset()):
    """Hold *response* to the canonical shape; return its body."""
    problem = response.json()

    assert response.status_code == problem["status"] == STATUSES[name]
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"/problems/{name}"
    assert set(problem) == COMMON | set(extra)
    assert problem["title"] == BY_NAME[name].title
    assert problem["detail"]
    assert problem["instance"].startswith("/")
    assert problem["request_id"] == response.headers["x-request-id"]
    assert response.headers["access-control-allow-origin"] == "*"
    return problem


@pytest.mark.parametrize(("path", "name", "extra"), REFUSED)
def test_shape(client, path, name, extra):
    """Every refusal has the canonical shape, and says how long it may be cached."""
    response = client.get(path)
    check(response, name, extra)

    caching = "public, max-age=60" if response.status_code == 404 else "no-store"
    assert response.headers["cache-control"] == caching


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_other_methods(client, method):
    """A method that the path does not have is refused with a list of those that it has."""
    response = client.request(method, "/v1/stations")

    check(response, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/stations/JFK/forecast",
        "/v1/stations/JFK/forecast?hours=1",
        "/v1/forecasts?stations=JFK",
        "/v1/forecasts/nearest?latitude=1&longitude=1",
        "/v1/stations",
        "/v1/stations/JFK",
        "/v1/runs/current",
    ],
)
def test_before_the_first_night(empty_client, path):
    """Before the first run is published, a request is told to try again in a minute."""
    response = empty_client.get(path)

    check(response, "no-published-run")
    assert response.headers["retry-after"] == "60"


@pytest.mark.parametrize("path", ["/v1/stations/JFK/forecast", "/v1/runs", "/v1/status"])
def test_store_that_fails(failing_client, caplog, path):
    """A store that is down is a 503 for the client; its error message goes to the log only."""
    response = failing_client.get(path)

    problem = check(response, "store-unavailable")
    assert response.headers["retry-after"] == "5"
    assert "secret" not in response.text
    assert "secret/path.db" in caplog.text
    assert problem["request_id"] in caplog.text


@pytest.mark.parametrize("error", [FormatError("secret"), ZeroDivisionError("secret")])
def test_unforeseen_fault(clock, caplog, error):
    """A fault is a 500 without its cause; the log has the cause and the request id."""
    client = Client(make_app(FailingStore(error), clock))
    response = client.get("/v1/stations/JFK/forecast", x_request_id="abc-1")

    assert check(response, "internal-error")["request_id"] == "abc-1"
    assert "secret" not in response.text
    assert "secret" in caplog.text
    assert "abc-1" in caplog.text


def test_fault_on_head_has_no_body(clock):
    """HEAD gets the fields of the fault and no body."""
    client = Client(make_app(FailingStore(ZeroDivisionError()), clock))
    response = client.request("HEAD", "/v1/stations/JFK/forecast")

    assert response.status_code == 500
    assert response.content == b""
    assert response.headers["access-control-allow-origin"] == "*"


def test_unknown_parameter_names_the_nearest(client):
    """A misspelt query parameter is refused with the nearest name and all names that exist."""
    problem = client.get("/v1/stations/JFK/forecast?Hour=3").json()

    assert problem["suggestions"] == ["hours"]
    names = ["parameters, units, timeformat, tz, hours, quantiles, above", "run, format, daily"]
    assert f"{', '.join(names)}, observed" in problem["detail"]


def test_endpoint_without_parameters_says_so(client):
    """An endpoint without query parameters says that it takes none."""
    problem = client.get("/v1/runs/current?limit=5").json()

    assert problem["detail"] == "unknown query parameter 'limit'; this address takes none"


def test_repeated_parameter(client):
    """A parameter that is given twice is refused, because either value could be meant."""
    problem = client.get("/v1/stations/JFK/forecast?hours=1&tz=UTC&hours=2").json()

    assert problem["errors"] == [
        {
            "in": "query",
            "name": "hours",
            "reason": "given 2 times; give it once, lists with commas",
        }
    ]


def test_repeated_unknown_parameter(client):
    """A parameter that the endpoint does not have is refused as such, however often it is given."""
    response = client.get("/v1/status?x=1&x=1")

    assert response.status_code == 400
    assert response.json()["type"] == "/problems/unknown-parameter"


def test_long_input_makes_no_long_answer(client):
    """A response does not repeat ten thousand characters of input."""
    text = "x" * 10_000
    paths = [f"/v1/stations/{text}", f"/{text}", f"/v1/stations?{text}=1", f"/v1/runs/{text}"]
    paths += [f"/v1/stations?parameter={text}", f"/v1/stations/JFK/forecast?tz={text}"]

    for path in paths:
        assert len(client.get(path).content) < 1000


def test_many_errors_are_cut(client):
    """A long list of bad values is cut to the first few."""
    codes = ",".join(["x"] * 50)
    problem = client.get(f"/v1/stations/JFK/forecast?parameters={codes}").json()

    assert len(problem["errors"]) == MOST_ERRORS


def test_instance_is_an_address(client):
    """The instance is escaped, so that it is a URI reference."""
    assert re.fullmatch(r"[!-~]+", client.get("/é%00 ").json()["instance"])


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_type_resolves(client, name):
    """The type of every problem is an address that explains it."""
    answer = client.get(f"/problems/{name}").json()

    assert answer["type"] == f"/problems/{name}"
    assert answer["status"] == STATUSES[name]
    assert answer["explanation"]
