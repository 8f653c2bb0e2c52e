"""The OpenAPI document is pinned, and true.

`make openapi` writes the pinned one anew (`python -m tests.api.test_openapi`).
"""

import json
from pathlib import Path

import pytest
import schemathesis
from hypothesis import given, settings
from pydantic import TypeAdapter
from schemathesis.generation import GenerationMode

from api.app import make_app
from api.schemas import (
    context_responses,
    edr_responses,
    forecast_responses,
    map_responses,
    meta_responses,
    problem_responses,
    run_responses,
    station_responses,
    verification_responses,
)
from forecasts.item import forecast_key
from forecasts.parameter import PARAMETERS
from forecasts.times import from_text
from forecasts.verification import VerifiedNetwork, pack
from forecasts.verifications import network_item
from tests.api.answering import of_sagemaker
from tests.api.conftest import FIRST, SECOND
from tests.verified import a_record, before

GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"

ANSWERS = {
    "/": meta_responses.IndexResponse,
    "/healthz": meta_responses.HealthResponse,
    "/problems/not-found": meta_responses.ProblemTypeResponse,
    "/v1/stations/JFK/forecast": forecast_responses.ForecastResponse,
    "/v1/stations/ZRH/forecast?parameters=pm25,co&hours=1": forecast_responses.ForecastResponse,
    "/v1/stations/ZRH/forecast?quantiles=p50": forecast_responses.ForecastResponse,
    "/v1/stations/SILENT/forecast": problem_responses.Problem,
    "/v1/stations?limit=0": problem_responses.Problem,
    "/v1/forecasts?stations=JFK,X": forecast_responses.ForecastsResponse,
    "/v1/forecasts/nearest?latitude=0&longitude=0&n=9": forecast_responses.NearestForecastsResponse,
    "/v1/forecasts/nearest?latitude=0&longitude=0&parameters=co": (
        forecast_responses.NearestForecastsResponse
    ),
    "/v1/stations": station_responses.StationsResponse,
    "/v1/stations/JFK/forecast?observed=2": forecast_responses.ForecastResponse,
    "/v1/stations/ZRH/forecast?daily=true&units=us&timeformat=unix&observed=2": (
        forecast_responses.ForecastResponse
    ),
    "/v1/stations/ZRH/forecast?parameters=precipitation&above=0.5": (
        forecast_responses.ForecastResponse
    ),
    "/v1/stations/ZRH/summary": forecast_responses.SummaryResponse,
    "/v1/stations/JFK/summary?timeformat=unix": forecast_responses.SummaryResponse,
    "/v1/map/stations": map_responses.MapStationsResponse,
    "/v1/map/forecasts?parameter=temperature": map_responses.MapForecastsResponse,
    "/v1/verification/map?parameter=temperature": map_responses.MapVerificationResponse,
    "/v1/stations?near=0,0&limit=2": station_responses.StationsResponse,
    "/v1/stations/JFK": station_responses.StationResponse,
    "/v1/stations/JFK/verification": verification_responses.StationVerificationResponse,
    "/v1/stations/JFK/verification?days=1": verification_responses.StationVerificationResponse,
    "/v1/stations/ZRH/verification": verification_responses.StationVerificationResponse,
    "/v1/verification": verification_responses.NetworkVerificationResponse,
    "/v1/verification?lead=1-6": verification_responses.NetworkVerificationResponse,
    "/v1/parameters": meta_responses.ParametersResponse,
    "/v1/runs": run_responses.RunsResponse,
    "/v1/runs/current": run_responses.RunResponse,
    f"/v1/runs/{FIRST.id}": run_responses.RunResponse,
    f"/v1/runs/{FIRST.id}/missing": run_responses.MissingResponse,
    "/v1/runs/current/missing": run_responses.MissingResponse,
    "/v1/status": run_responses.StatusResponse,
    "/edr": edr_responses.EDRLandingPage,
    "/edr/conformance": edr_responses.EDRConformance,
    "/edr/collections": edr_responses.EDRCollections,
    "/edr/collections/forecasts": edr_responses.EDRCollection,
    "/edr/collections/observations": edr_responses.EDRCollection,
    "/edr/collections/forecasts/instances": edr_responses.EDRInstances,
    f"/edr/collections/forecasts/instances/{FIRST.id}": edr_responses.EDRCollection,
    "/edr/collections/observations/locations/JFK": edr_responses.EDRSingleCoverage,
    **{
        f"/edr/collections/forecasts{instance}/{path}": model
        for instance in ("", f"/instances/{FIRST.id}")
        for path, model in {
            "locations": edr_responses.EDRLocations,
            "locations/JFK": edr_responses.EDRSingleCoverage,
            "position?coords=POINT(0 0)": edr_responses.EDRSingleCoverage,
            "radius?coords=POINT(-74 40)&within=500&within-units=km": (
                edr_responses.EDRCoverageCollection
            ),
            "area?coords=POLYGON((0 0,9 0,9 90,0 90,0 0))": edr_responses.EDRCoverageCollection,
        }.items()
    },
}


CODES = ("temperature", "precipitation")
REAL = {
    "station_id": "JFK",
    "run_id": FIRST.id,
    "name": "not-found",
    "collection_id": "forecasts",
}
#: Well Known Text for each kind of query of OGC API EDR.
COORDS = {
    "position": "POINT(0 0)",
    "radius": "POINT(0 0)",
    "area": "POLYGON((0 0,9 0,9 90,0 90,0 0))",
}


@pytest.fixture(scope="session")
def document():
    """The OpenAPI document, which takes half a second and is the same for all tests."""
    return make_app(None, None).openapi()


@pytest.fixture
def app(connect_app, store, document):
    """The application, with an endpoint, and with verified runs of one station."""
    item = store.get(forecast_key("JFK", SECOND.id))
    records = [a_record(before(SECOND.id, days), CODES) for days in range(1, 9)]
    store.put_many([item._replace(verification=pack(records), expires_at=2**40)])
    sums = {"US": records[0].sums}
    network = VerifiedNetwork(FIRST.id, SECOND.issue_time, SECOND.id, SECOND.id, 1, sums)
    store.put_many([network_item(network, SECOND)._replace(expires_at=2**40)])
    application = connect_app()
    application.openapi = lambda: document
    return application


def operations(document):
    """Return the operations of a document by path and method."""
    return {
        (path, method): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


#: Requests with a body, and the models of their responses.
SENT = {
    "/v1/stations/JFK/forecast": ({"observations": []}, context_responses.ContextForecastResponse),
    "/v1/forecast": (
        {"latitude": 40.7, "longitude": -74.0, "history": {"temperature": [4.0] * 24}},
        context_responses.PlaceForecastResponse,
    ),
}


@pytest.mark.parametrize(("path", "model"), ANSWERS.items())
def test_responses_are_as_described(client, path, model):
    """A real response has exactly the fields of its model, with the model's types."""
    adapter = TypeAdapter(model)

    adapter.validate_json(client.get(path).content, strict=True, extra="forbid")


@pytest.mark.parametrize(("path", "body", "model"), [(p, *sent) for p, sent in SENT.items()])
def test_responses_to_bodies_are_as_described(client, path, body, model):
    """A real response to a body has exactly the fields of its model."""
    adapter = TypeAdapter(model)

    adapter.validate_json(client.post(path, body).content, strict=True, extra="forbid")


def test_every_operation_is_held_to_its_model(client):
    """The tests above cover every endpoint."""
    asked = {(path.partition("?")[0], "get") for path in ANSWERS}
    asked |= {(path, "post") for path in SENT}
    asked |= {("/v1/runs/feed", "get")}  # XML; test_feed.py holds it to its rules
    # Files, which have no model.
    asked |= {(f"/v1/runs/{run}/download", "get") for run in ("current", REAL["run_id"])}
    described = operations(client.get("/openapi.json").json())

    assert {(path.format_map(REAL), method) for path, method in described} <= asked


def test_document_is_the_pinned_one(client):
    """The API has not changed by accident."""
    assert client.get("/openapi.json").json() == json.loads(GOLDEN.read_text())


def test_every_field_and_parameter_is_described(client):
    """Every field and parameter in the document has a description."""
    document = client.get("/openapi.json").json()
    fields = [
        (name, field)
        for schema in document["components"]["schemas"].values()
        for name, field in schema.get("properties", {}).items()
    ]
    parameters = [
        (parameter["name"], parameter)
        for operation in operations(document).values()
        for parameter in operation.get("parameters", [])
    ]

    assert [name for name, about in fields + parameters if not about.get("description")] == []


def test_defaults_are_allowed(client):
    """Each default is allowed by its parameter's schema, because generated clients send it."""
    document = client.get("/openapi.json").json()
    named = document["components"]["schemas"]
    used = [
        parameter["schema"]
        for operation in operations(document).values()
        for parameter in operation.get("parameters", [])
        if "default" in parameter["schema"]
    ]
    schemas = [{**named.get(one.get("$ref", "").rpartition("/")[2], {}), **one} for one in used]

    assert len(schemas) > 10
    assert [one for one in schemas if one["default"] not in one.get("enum", [one["default"]])] == []
    assert [one for one in schemas if one["default"] in ("", [], None)] == []


def test_names_of_schemas(client):
    """They are what clients call their types, and a set of words has one name."""
    text = client.get("/openapi.json").text
    schemas = json.loads(text)["components"]["schemas"]

    assert {"Forecast", "Stations", "ParameterCode", "Quantile", "UnitSystem"} <= set(schemas)
    assert [name for name in schemas if name.endswith("Response")] == []
    assert {schema["title"] for schema in schemas.values()} == set(schemas)
    assert text.count(json.dumps(list(PARAMETERS), separators=(",", ":"))) == 1


def test_failures_are_problems(client):
    """Every failure in the document is a problem, and every endpoint documents a refused query."""
    for operation in operations(client.get("/openapi.json").json()).values():
        failures = {s: a for s, a in operation["responses"].items() if s >= "400"}

        assert "400" in failures
        for answer in failures.values():
            assert list(answer["content"]) == ["application/problem+json"]


def ways_to_ask(*, edr):
    """Generate requests: arbitrary values, and real ids with good and with bad queries.

    Those of OGC API EDR are generated by themselves. A query of an instance is that of its
    collection.
    """
    for (path, method), operation in operations(json.loads(GOLDEN.read_text())).items():
        if path.startswith("/edr") != edr or "/instances/{run_id}/" in path:
            continue
        parameters = operation.get("parameters", [])
        names = [one["name"] for one in parameters if one["in"] == "path"]
        if not edr:
            yield path, method, GenerationMode.POSITIVE, {}
        if names:
            yield path, method, GenerationMode.POSITIVE, {name: REAL[name] for name in names}
        if len(parameters) > len(names):
            yield path, method, GenerationMode.NEGATIVE, {name: REAL[name] for name in names}


def possible(case):
    """Return a case that also keeps the rules that a schema cannot express."""
    query = case.query
    query.pop("cursor", None)
    if "tz" in query:
        query["tz"] = "Europe/Zurich"
    if query.get("format") in ("csv", "excel"):
        for name in ("observed", "daily", "timeformat"):
            query.pop(name, None)
    if "above" in query:
        query["parameters"] = "temperature"
    if "near" in query:
        query.pop("bbox", None)
    else:
        query.pop("max_km", None)
    if "bbox" in query:
        west, south, east, north = query["bbox"].split(",")
        south, north = sorted([south, north], key=float)
        query["bbox"] = f"{west},{south},{east},{north}"
    if "coords" in query:
        query["coords"] = COORDS[case.path.rpartition("/")[2]]
    if "within" in query:
        query["within"] = "9"
    query.pop("datetime", None)
    query.pop("parameter-name", None)
    if isinstance(case.body, dict):
        make_plausible(case.body)
    return case


def make_plausible(body):
    """Give a body plausible values, and keep the times of its readings."""
    if "observations" in body:
        # The first and the last year may not be in range in UTC.
        readings = body["observations"]
        body["observations"] = [r for r in readings if "0001" < r["time"][:4] < "9999"]
    for reading in body.get("observations", []):
        reading.pop("unit", None)
        reading["value"] = PARAMETERS[reading["parameter"]].minimum
    seen = {(r["parameter"], from_text(r["time"])): r for r in body.get("observations", [])}
    if "observations" in body:
        body["observations"] = list(seen.values())
    body.pop("issue_time", None)
    body.pop("units", None)
    for code, series in body.get("history", {}).items():
        body["history"][code] = [None if v is None else PARAMETERS[code].minimum for v in series]


@pytest.mark.slow  # hundreds of generated requests
@pytest.mark.parametrize(("path", "method", "mode", "ids"), list(ways_to_ask(edr=False)))
def test_no_request_escapes_the_document(app, path, method, mode, ids):
    """No request breaks the API, and every response is one that the document describes."""
    ask_often(app, path, method, mode, ids, 25)


@of_sagemaker
@pytest.mark.slow  # a hundred of generated requests
@pytest.mark.parametrize(("path", "method", "mode", "ids"), list(ways_to_ask(edr=True)))
def test_no_request_of_edr_escapes_the_document(app, path, method, mode, ids):
    """The same for OGC API EDR."""
    ask_often(app, path, method, mode, ids, 8)


def ask_often(app, path, method, mode, ids, times):
    """Send generated requests, and hold the responses to the document."""
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]
    cases = operation.as_strategy(generation_mode=mode, path_parameters=ids)

    @settings(max_examples=times, derandomize=True, database=None)
    @given(cases.map(possible) if mode is GenerationMode.POSITIVE else cases)
    def ask(case):
        case.call_and_validate()

    ask()


if __name__ == "__main__":
    # The document does not depend on what a store holds.
    text = json.dumps(make_app(None, None).openapi(), indent=2, ensure_ascii=False)
    GOLDEN.write_text(f"{text}\n")
