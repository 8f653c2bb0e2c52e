"""The OpenAPI document: FastAPI's own, with what it cannot know of headers and failures."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.http.schema_names import name_schemas
from api.schemas.problem_responses import Problem

CSV = "text/csv"
GEOJSON = "application/geo+json"
COVERAGE_JSON = "application/vnd.cov+json"
PROBLEM = "application/problem+json"

DESCRIPTION = """\
Forecasts of the next 24 hours for weather and air-quality stations, made every night.

Every answer is read under one *run*, named in the header `Forecast-Run`. Send an answer's `ETag`
back as `If-None-Match`: a `304` means that nothing has changed. Every address answers `HEAD` and
`OPTIONS` as well. Errors are `application/problem+json` (RFC 9457)."""

TAGS = [
    {"name": "forecasts", "description": "Forecasts of stations, made by the nightly run."},
    {"name": "real time", "description": "Forecasts from readings that you send."},
    {"name": "stations", "description": "Search for stations."},
    {"name": "maps", "description": "All stations at once."},
    {"name": "EDR", "description": "OGC API Environmental Data Retrieval 1.2."},
    {"name": "runs", "description": "The nightly runs, and how fresh the forecasts are."},
    {"name": "verification", "description": "Did it come true? Forecasts against observations."},
    {"name": "service", "description": "Parameters, health, and what the errors mean."},
]

_DATE = "Last-Modified"
_READ_UNDER_RUN = {
    "ETag": "Send it back as If-None-Match.",
    "Cache-Control": "How long the answer may be kept.",
    _DATE: "When readers were moved to this run; it moves forward on a rollback, too.",
    "Forecast-Run": "Id of the run that the answer was read under.",
}
_ALWAYS = {"X-Request-Id": "Identifies the request in the log."}

#: In the words of RFC 9110; Python's differ between its versions.
_FAILURES = {
    400: "Bad Request",
    404: "Not Found",
    410: "Gone",
    413: "Content Too Large",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
    503: "Service Unavailable",
}

_REFERENCE = "#/components/schemas/{model}"
# FastAPI would build the model anew for each failure of each operation.
_PROBLEM = {PROBLEM: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}}

Responses = dict[int | str, dict[str, Any]]


def answers(
    *statuses: int,
    by_run: bool = False,
    dated: bool = True,
    also: tuple[str, ...] = (),
    may_be_empty: bool = False,
) -> Responses:
    """Describe the responses of an operation, for FastAPI's `responses`.

    Args:
        statuses: Statuses of its failures, besides 400 for an unknown query parameter.
        by_run: Whether the answer is read under one run.
        dated: Whether such an answer only changes with the run, and so has its date.
        also: Media types of a 200 besides that of its model.
        may_be_empty: Whether the answer is 204 if there is nothing.
    """
    under_run = {n: about for n, about in _READ_UNDER_RUN.items() if dated or n != _DATE}
    headers = _headers({**(under_run if by_run else {}), **_ALWAYS})
    shapes = {kind: "object" if kind.endswith("json") else "string" for kind in also}
    content = {kind: {"schema": {"type": shape}} for kind, shape in shapes.items()}
    described: Responses = {200: {"content": content, "headers": headers}}
    if by_run:
        described[304] = {"description": "The client's copy is up to date.", "headers": headers}
    if may_be_empty:
        described[204] = {"description": "There is nothing of what is asked.", "headers": headers}
    for status in (400, *statuses):
        described[status] = {
            "description": _FAILURES[status],
            "content": _PROBLEM,
            "headers": _headers(_ALWAYS),
        }
    return described


def download_answers(media_type: str) -> Responses:
    """Describe the responses of an operation that sends a file, or says where it is.

    Args:
        media_type: That of the file.
    """
    described = answers(404, 410, 416, 422, 503, by_run=True, dated=False, also=(media_type,))
    binary = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    whole = described[200] | {"content": binary}
    part = {"Content-Range": "Which bytes these are, and of how many."}
    place = {
        "Location": "Where the file is, for five minutes; no keys are needed.",
        "Forecast-Run": _READ_UNDER_RUN["Forecast-Run"],
        "Cache-Control": _READ_UNDER_RUN["Cache-Control"],
    }
    return described | {
        200: whole,
        206: whole
        | {
            "description": "The bytes that the header Range asks for.",
            "headers": whole["headers"] | _headers(part),
        },
        302: {
            "description": "The file is in a bucket.",
            "headers": _headers({**place, **_ALWAYS}),
        },
    }


def operation_id(route: APIRoute) -> str:
    """Name an operation by its function, so that generated clients have names people chose."""
    return route.name


def describe(app: FastAPI) -> None:
    """Have *app* correct the OpenAPI document that FastAPI makes.

    Problems have a media type of their own, a list in a query is written with commas, and
    FastAPI's own 422 never occurs.
    """
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = make()
            for operation in _operations(document):
                _correct(operation)
            _correct_schemas(document["components"]["schemas"])
            name_schemas(document)
        return make()

    # The way that FastAPI's documentation shows.
    app.openapi = openapi  # type: ignore[method-assign]


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _correct(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        # None and "" are parameters that are left out.
        for kind in schema.pop("anyOf", []):
            schema |= kind if kind["type"] != "null" else {}
        if schema.get("default") in ("", []):
            del schema["default"]
        if schema["type"] == "array":
            parameter |= {"style": "form", "explode": False}
    if "HTTPValidationError" in str(operation["responses"].get("422")):
        del operation["responses"]["422"]


def _correct_schemas(schemas: dict[str, Any]) -> None:
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template=_REFERENCE, mode="serialization")
    schemas |= {**problem.pop("$defs"), "Problem": problem}


def _headers(texts: dict[str, str]) -> dict[str, Any]:
    return {
        name: {"description": text, "required": True, "schema": {"type": "string"}}
        for name, text in texts.items()
    }
