"""What models need to know of the catalogue's parameters, which they cannot import."""

from collections.abc import Iterable

from forecasts.parameter import parameter
from model.prediction import ForecastParameter


def targets_of(codes: Iterable[str]) -> tuple[ForecastParameter, ...]:
    """Return what the model needs to know about each parameter.

    Raises:
        UnknownParameterError: A code is not in the catalogue.
    """
    chosen = [parameter(code) for code in codes]
    return tuple(
        ForecastParameter(p.code, p.decimals, p.minimum, p.maximum, p.zeros, p.ratios)
        for p in chosen
    )
