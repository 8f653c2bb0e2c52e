"""Checks a call's arguments against everything that a service model says about them.

boto3 checks types and what is required before it sends a call, and leaves names from a list,
patterns and upper limits to the service. Here they are checked too.
"""

import re
from functools import cache

from botocore.session import get_session
from botocore.validate import ParamValidator


def refusals(service, operation, arguments):
    """Return the service model's objections to the arguments of a call, each as a sentence."""
    model = _service(service).operation_model(operation)
    report = ParamValidator().validate(arguments, model.input_shape).generate_report()
    return [report] if report else list(_breaches(model.input_shape, arguments, operation))


@cache
def _service(name):
    return get_session().get_service_model(name)


def _breaches(shape, value, path):
    match shape.type_name:
        case "structure":
            for name, part in value.items():
                yield from _breaches(shape.members[name], part, f"{path}.{name}")
        case "list":
            yield from _beyond(shape, len(value), path)
            for number, part in enumerate(value):
                yield from _breaches(shape.member, part, f"{path}[{number}]")
        case "map":
            for name, part in value.items():
                yield from _breaches(shape.value, part, f"{path}.{name}")
        case "string":
            yield from _misspelt(shape, value, path)
        case "integer" | "float" | "double" | "long":
            yield from _beyond(shape, value, path)


def _misspelt(shape, value, path):
    pattern = shape.metadata.get("pattern")
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is not one of {shape.enum}"
    # Those in Java's own syntax allow every printable character.
    if pattern and not re.search(r"\\[pu]", pattern) and not re.fullmatch(pattern, value):
        yield f"{path}: {value!r} does not match {pattern}"
    yield from _beyond(shape, len(value), path)


def _beyond(shape, size, path):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and size < low) or (high is not None and size > high):
        yield f"{path}: {size} is not within {low} and {high}"
