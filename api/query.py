"""Reading a query string: one way for every endpoint, and the same thing as OpenAPI says it.

FastAPI would read query parameters itself, but it takes the last of two values without a word,
ignores a misspelt name, and takes the time on requests without any query at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ValidationError

from api.errors import InvalidError, Refusal, UnknownQueryError

if TYPE_CHECKING:
    from starlette.requests import Request


class Query(BaseModel):
    """The query parameters of an endpoint; this one has none."""

    # Built when it is first used: a cold start that answers a lookup needs none.
    model_config = ConfigDict(frozen=True, allow_inf_nan=False, defer_build=True)

    def key(self) -> str:
        """Write what is asked for, the same for every way to ask the same of one run."""
        return self.model_dump_json(exclude={"run"}, exclude_defaults=True)


Q = TypeVar("Q", bound=Query)


def read_query(request: Request, model: type[Q]) -> Q:
    """Read the query string of *request* as *model*.

    Raises:
        UnknownQueryError: It has a parameter that *model* has not.
        InvalidError: A parameter is given twice, or its value is not acceptable.
    """
    text = request.scope["query_string"].decode("latin-1")
    pairs = parse_qsl(text, keep_blank_values=True)
    values = dict(pairs)
    for name in values:
        if name not in model.model_fields:
            raise UnknownQueryError(name, list(model.model_fields))
    if len(pairs) != len(values):
        raise _repeated([name for name, _ in pairs])
    try:
        return model.model_validate(values)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        refusals = [Refusal("query", str(each["loc"][0]), each["msg"]) for each in errors]
        raise InvalidError(*refusals) from error


def invalid(name: str, reason: str) -> InvalidError:
    """Make the error that says why the query parameter *name* is not acceptable."""
    return InvalidError(Refusal("query", name, reason))


def _repeated(names: list[str]) -> InvalidError:
    name = next(name for name in names if names.count(name) > 1)
    return invalid(name, f"given {names.count(name)} times; give it once, lists with commas")


def described(model: type[Query]) -> dict[str, Any]:
    """Describe the parameters of *model* for an OpenAPI operation."""
    schema = model.model_json_schema()
    required = schema.get("required", [])
    properties = schema.get("properties", {}).items()
    return {"parameters": [_described(n, dict(p), required=n in required) for n, p in properties]}


def _described(name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    description, examples = schema.pop("description"), schema.pop("examples")
    schema.pop("title", None)
    # What pydantic calls None is a parameter that is left out.
    if schema.get("default", ...) in (None, [], ""):
        schema.pop("default")
    schema = next((one for one in schema.get("anyOf", []) if one["type"] != "null"), schema)
    described = {"name": name, "in": "query", "required": required, "description": description}
    # Lists are written with commas: parameters=pm25,o3.
    style = {"style": "form", "explode": False} if schema["type"] == "array" else {}
    return {**described, **style, "schema": schema, "example": examples[0]}
