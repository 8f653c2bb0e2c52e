"""The names of schemas in the OpenAPI document, which generated clients take for their types.

`ForecastResponse` is `Forecast` to a reader of the API, and a set of words that many fields and
parameters share has one name of its own, rather than one for each place that it is used in.
"""

from typing import Any, get_args

from api.schemas.base import SeriesName
from forecasts.parameter import PARAMETERS
from forecasts.run import QUANTILES
from forecasts.units import UnitSystem

_PREFIX = "#/components/schemas/"

_SUFFIX = "Response"

#: Words by the name of their schema.
_SHARED = {
    "ParameterCode": list(PARAMETERS),
    "Quantile": list(QUANTILES),
    "SeriesName": list(get_args(SeriesName)),
    "TimeFormat": ["iso", "unix"],
    "UnitSystem": list(get_args(UnitSystem)),
}


def name_schemas(document: dict[str, Any]) -> None:
    """Give the schemas of an OpenAPI document, in place, the names of clients."""
    schemas = document["components"]["schemas"]
    names = {name: name.removesuffix(_SUFFIX) for name in schemas}
    document["components"]["schemas"] = {names[name]: schemas[name] for name in schemas}
    for short, schema in document["components"]["schemas"].items():
        schema["title"] = short
    _name(document, names)
    document["components"]["schemas"] |= {
        name: {"type": "string", "enum": words, "title": name} for name, words in _SHARED.items()
    }


def _name(node: Any, names: dict[str, str]) -> None:
    if isinstance(node, list):
        for each in node:
            _name(each, names)
    elif isinstance(node, dict):
        if "$ref" in node:
            node["$ref"] = _PREFIX + names[node["$ref"].removeprefix(_PREFIX)]
        for name, words in _SHARED.items():
            if node.get("enum") == words:
                for key in ("enum", "type", "title"):
                    node.pop(key, None)
                node["$ref"] = _PREFIX + name
        for each in node.values():
            _name(each, names)
