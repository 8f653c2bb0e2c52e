"""What the endpoint answers, believed only after it was looked at.

A lookup sends what a quality gate has seen. This is the gate of the single answer: whose it is, for
which issue time, whether every value is a number, in order and plausible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.compact import loads
from api.errors import BadAnswerError
from api.reading.selection import NOT_FORECAST_HERE
from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS, QUANTILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from forecasts.forecast import Quantiles
    from forecasts.item import TransformLine


class Output(NamedTuple):
    """What a model says about a transform line.

    Attributes:
        model: Its name.
        values: By parameter code, as `forecasts.forecast.Forecast.values`.
        missing: By parameter code: why there are none.
    """

    model: str
    values: Mapping[str, Quantiles]
    missing: Mapping[str, str]


def read_output(body: bytes, line: TransformLine, codes: Iterable[str]) -> Output:
    """Read the answer to a transform line.

    Args:
        body: One line of transform output; `docs/transform-line.md` has the format.
        line: What was asked.
        codes: Of the parameters that are wanted; others may be there, and are left out.

    Raises:
        BadAnswerError: It is not such a line, is about another station or time, or has values
            that are not 24 plausible numbers with p10 <= p50 <= p90.
    """
    answer = _parsed(body)
    for name in ("station_id", "issue_time"):
        if answer.get(name) != line[name]:
            raise BadAnswerError(f"{name} of the answer is not the one that was asked for")
    model, values, missing = (answer.get(name) for name in ("model", "values", "missing"))
    if not (isinstance(model, str) and isinstance(values, dict) and isinstance(missing, dict)):
        raise BadAnswerError("model, values or missing is not there")
    codes = tuple(codes)
    return Output(
        model=model[:100],
        values={code: _checked(code, values[code]) for code in codes if code in values},
        missing={c: str(missing.get(c, NOT_FORECAST_HERE)) for c in codes if c not in values},
    )


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        answer = loads(body)
    except ValueError as error:
        raise BadAnswerError("the answer is not one line of JSON") from error
    if not isinstance(answer, dict):
        raise BadAnswerError("the answer is not a JSON object")
    return answer


def _checked(code: str, values: Any) -> Quantiles:
    if not isinstance(values, dict) or set(values) != set(QUANTILES):
        raise BadAnswerError(f"{code} has not the quantiles {', '.join(QUANTILES)}")
    parameter = PARAMETERS[code]
    for name in QUANTILES:
        if not isinstance(values[name], list) or len(values[name]) != LEAD_HOURS:
            raise BadAnswerError(f"{code}.{name} has not {LEAD_HOURS} values")
        # A NaN fails the comparison, too.
        if not all(_is_plausible(v, parameter.minimum, parameter.maximum) for v in values[name]):
            raise BadAnswerError(f"{code}.{name} has a value that is no plausible number")
    hours = zip(*(values[name] for name in QUANTILES), strict=True)
    if not all(low <= median <= high for low, median, high in hours):
        raise BadAnswerError(f"quantiles of {code} are not in order")
    return {name: values[name] for name in QUANTILES}


def _is_plausible(value: Any, minimum: float, maximum: float) -> bool:
    return type(value) in (int, float) and minimum <= value <= maximum
