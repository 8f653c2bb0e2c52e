"""What OpenAPI says of an endpoint, made from the models that the endpoint really uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from api.query import described
from api.schemas.responses import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from api.query import Query
    from api.schemas.requests import Body
    from api.schemas.responses import Answer

CSV = "text/csv"
GEOJSON = "application/geo+json"
PROBLEM = "application/problem+json"

_FASTAPI_422 = "HTTPValidationError"
_COMPONENT = "#/components/schemas/{model}"

DESCRIPTION = """\
Forecasts for the next 24 hours, made every night for each weather and air-quality station.

Every answer is read under one *run*, named in the header `Forecast-Run`. Send an answer's `ETag`
back as `If-None-Match` and a `304` says that nothing changed. Every address answers `HEAD` and
`OPTIONS`, too. Failures are `application/problem+json` (RFC 9457)."""

_HEADERS = {
    "ETag": "Send it back as If-None-Match.",
    "Cache-Control": "How long the answer may be kept.",
    "Last-Modified": "Since when readers are on the run; forward on a rollback, too.",
    "Forecast-Run": "The run that the answer is read under.",
}
_ANY = {"X-Request-Id": "Names the request in the log."}


class Description(TypedDict):
    """Arguments of `FastAPI.add_api_route`."""

    methods: list[str]
    summary: str
    response_model: type[Answer]
    responses: dict[int | str, dict[str, Any]]
    openapi_extra: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """What OpenAPI is to say of an endpoint.

    Attributes:
        summary: One line.
        answer: The body of a 200.
        query: Its query parameters.
        statuses: With which it may fail, besides 400 for an unknown query parameter.
        by_run: Whether it is read under one run.
        also: Media types of a 200 besides JSON; those that end in `json` are objects.
        body: What it is sent; None for an endpoint that answers GET.
    """

    summary: str
    answer: type[Answer]
    query: type[Query]
    statuses: tuple[int, ...] = ()
    by_run: bool = False
    also: tuple[str, ...] = ()
    body: type[Body] | None = None

    def to_description(self) -> Description:
        """Say it in FastAPI's terms."""
        shapes = {kind: "object" if kind.endswith("json") else "string" for kind in self.also}
        content = {kind: {"schema": {"type": shape}} for kind, shape in shapes.items()}
        headers = _described({**(_HEADERS if self.by_run else {}), **_ANY})
        failure = {"model": Problem, "headers": _described(_ANY)}
        responses: dict[int | str, dict[str, Any]] = {
            200: {"content": content, "headers": headers},
            **{status: dict(failure) for status in (400, *self.statuses)},
        }
        if self.by_run:
            responses[304] = {"description": "The client's copy is good.", "headers": headers}
        return {
            "methods": ["POST" if self.body else "GET"],
            "summary": self.summary,
            "response_model": self.answer,
            "responses": responses,
            "openapi_extra": {**described(self.query), **self._sent()},
        }

    def _sent(self) -> dict[str, Any]:
        if self.body is None:
            return {}
        schema = {"$ref": _COMPONENT.format(model=self.body.__name__)}
        return {
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}
        }


def correct(schema: dict[str, Any], bodies: Iterable[type[Body]]) -> None:
    """Make FastAPI's OpenAPI document say what bodies and failures look like here.

    FastAPI takes them for plain JSON, and adds a 422 of its own to every endpoint with a path
    parameter, although here any text may stand there.
    """
    for responses in _responses(schema):
        if _FASTAPI_422 in str(responses.get("422")):
            del responses["422"]
        for status, answer in responses.items():
            if status >= "400":
                answer["content"] = {PROBLEM: answer["content"]["application/json"]}
    components = schema["components"]["schemas"]
    for name in (_FASTAPI_422, "ValidationError"):
        del components[name]
    for body in bodies:
        described_body = body.model_json_schema(ref_template=_COMPONENT)
        components |= described_body.pop("$defs", {}) | {body.__name__: described_body}


def _responses(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in schema["paths"].values():
        yield from (operation["responses"] for operation in path.values())


def _described(headers: dict[str, str]) -> dict[str, Any]:
    return {
        name: {"description": text, "required": True, "schema": {"type": "string"}}
        for name, text in headers.items()
    }
