"""Checks the endpoint's answer: its station, its issue time, and every value.

A nightly forecast has passed the quality gate before it is published. This is the gate of a single
real-time answer.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

# Unlike the standard library's, it refuses JSON that is nested too deep.
from pydantic_core import from_json

from api.errors import BadAnswerError, EndpointError
from api.reading.selection import NOT_FORECAST_HERE
from forecasts.circle import are_in_order
from forecasts.forecast import Quantiles
from forecasts.item import TransformLine
from forecasts.parameter import PARAMETERS
from forecasts.run import CHANCE, LEAD_HOURS, QUANTILES


class Output(NamedTuple):
    """The answer of a model to a transform line.

    Attributes:
        model: Name of the model.
        values: Values by parameter code, as in `forecasts.forecast.Forecast.values`.
        missing: By parameter code, the reason that there are none.
        chance_24h: By parameter code, as in `forecasts.forecast.Forecast.chance_24h`.
        stand_ins: By parameter code, as in `forecasts.forecast.Forecast.models`.
    """

    model: str
    values: Mapping[str, Quantiles]
    missing: Mapping[str, str]
    chance_24h: Mapping[str, float]
    stand_ins: Mapping[str, str]


def read_output(body: bytes, line: TransformLine, codes: Iterable[str]) -> Output:
    """Read the answer to a transform line.

    Args:
        body: One line of transform output; `docs/transform-line.md` has the format.
        line: The transform line that was sent.
        codes: Codes of the parameters that are wanted; others are left out.

    Raises:
        BadAnswerError: The body is no such line, is about another station or time, or has values
            that are not 24 plausible numbers with p10 <= p50 <= p90, or chances that are not
            between 0 and 1.
        EndpointError: The model refuses the line.
    """
    answer = _parsed(body)
    if isinstance(answer.get("error"), str):
        text = f"the model refuses the line: {answer['error'][:200]}"
        raise EndpointError("endpoint_error", text)
    for name in ("station_id", "issue_time"):
        if answer.get(name) != line[name]:
            raise BadAnswerError(f"{name} of the answer differs from the request")
    model, values, missing = (answer.get(name) for name in ("model", "values", "missing"))
    if not (isinstance(model, str) and isinstance(values, dict) and isinstance(missing, dict)):
        raise BadAnswerError("the answer lacks model, values or missing")
    chance_24h, models = answer.get("chance_24h", {}), answer.get("models", {})
    for name, each in (("chance_24h", chance_24h), ("models", models)):
        if not isinstance(each, dict):
            raise BadAnswerError(f"{name} is not an object")
    codes = tuple(codes)
    return Output(
        model=model[:100],
        values={code: _checked(code, values[code]) for code in codes if code in values},
        missing={c: str(missing.get(c, NOT_FORECAST_HERE)) for c in codes if c not in values},
        chance_24h={c: _chance(c, chance_24h[c]) for c in codes if c in values and c in chance_24h},
        stand_ins={c: str(models[c])[:100] for c in codes if c in values and c in models},
    )


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        answer = from_json(body)
    except ValueError as error:
        raise BadAnswerError("the answer is not one line of JSON") from error
    if not isinstance(answer, dict):
        raise BadAnswerError("the answer is not a JSON object")
    return answer


def _checked(code: str, values: Any) -> Quantiles:
    if not isinstance(values, dict) or set(values) - {CHANCE} != set(QUANTILES):
        raise BadAnswerError(f"{code} does not have the quantiles {', '.join(QUANTILES)}")
    parameter = PARAMETERS[code]
    for name in values:
        if not isinstance(values[name], list) or len(values[name]) != LEAD_HOURS:
            raise BadAnswerError(f"{code}.{name} does not have {LEAD_HOURS} values")
    for name in QUANTILES:
        # A NaN fails the comparison, too.
        if not all(_is_plausible(v, parameter.minimum, parameter.maximum) for v in values[name]):
            raise BadAnswerError(f"{code}.{name} has a value that is not a plausible number")
    if not are_in_order(parameter, *(values[name] for name in QUANTILES)):
        raise BadAnswerError(f"quantiles of {code} are not in order")
    chances = {CHANCE: [_chance(code, each) for each in values[CHANCE]]} if CHANCE in values else {}
    return {name: values[name] for name in QUANTILES} | chances


def _chance(code: str, chance: Any) -> float:
    """Check a chance."""
    if not _is_plausible(chance, 0, 1):
        raise BadAnswerError(f"{code} has a chance that is not between 0 and 1")
    return float(chance)


def _is_plausible(value: Any, minimum: float, maximum: float) -> bool:
    return type(value) in (int, float) and minimum <= value <= maximum
