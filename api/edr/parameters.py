"""The parameters of EDR collections: one for each quantile of what is forecast, or observed.

The description of a parameter has two dialects: CoverageJSON has texts by language, EDR has not.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from api.errors import InvalidError, Refusal, nearest
from forecasts.parameter import PARAMETERS
from forecasts.run import CHANCE, QUANTILES

_UCUM = "www.opengis.net/def/uom/UCUM/"

_MEANINGS = {
    "p10": "The value is below it with a chance of 10 %",
    "p50": "The median: the value is as likely below it as above",
    "p90": "The value is below it with a chance of 90 %",
    CHANCE: "The chance of 0.1 mm or more in the hour, from 0 to 1",
    "": "The observed value",
}
#: What a direction's quantiles mean: they have no order.
_ARC = {
    "p10": "The beginning of the arc that holds the direction with a chance of 80 %, clockwise",
    "p90": "The end of the arc that holds the direction with a chance of 80 %, clockwise",
}


class Series(NamedTuple):
    """A parameter of a collection.

    Attributes:
        code: Code of what is forecast or observed.
        level: `p10`, `p50`, `p90` or `chance`; empty for observations.
    """

    code: str
    level: str = ""

    @property
    def name(self) -> str:
        """The name: `temperature_p50`, or `temperature` for observations."""
        return f"{self.code}_{self.level}" if self.level else self.code

    def to_edr(self) -> dict[str, Any]:
        """Describe the parameter as the metadata of a collection do."""
        return {
            "type": "Parameter",
            "id": self.name,
            "label": self._label,
            "description": self._description,
            "dataType": "float",
            "unit": {
                "label": self._unit[0],
                "symbol": {"value": self._unit[1], "type": f"https://{_UCUM}"},
            },
            "observedProperty": {"id": self._property[0], "label": self._property[1]},
            "measurementType": {
                "method": PARAMETERS[self.code].aggregation,
                "duration": "PT1H",
            },
        }

    def to_covjson(self) -> dict[str, Any]:
        """Describe the parameter as CoverageJSON does."""
        return {
            "type": "Parameter",
            "label": {"en": self._label},
            "description": {"en": self._description},
            "unit": {
                "label": {"en": self._unit[0]},
                "symbol": {"value": self._unit[1], "type": f"http://{_UCUM}"},
            },
            "observedProperty": {"id": self._property[0], "label": {"en": self._property[1]}},
        }

    @property
    def _label(self) -> str:
        name = PARAMETERS[self.code].name
        return f"{name}, {self.level}" if self.level else name

    @property
    def _description(self) -> str:
        parameter = PARAMETERS[self.code]
        meaning = (_ARC if parameter.circular else {}).get(self.level, _MEANINGS[self.level])
        return (
            f"{meaning}. An hour's value is the {parameter.aggregation} of the hour that ends then."
        )

    @property
    def _unit(self) -> tuple[str, str]:
        """The unit as people write it, and in UCUM."""
        if self.level == CHANCE:
            return "share", "1"
        return PARAMETERS[self.code].unit, PARAMETERS[self.code].ucum

    @property
    def _property(self) -> tuple[str, str]:
        """The address and the name of what is observed."""
        return PARAMETERS[self.code].standard_name_uri, PARAMETERS[self.code].name


def forecast_series(codes: Iterable[str]) -> list[Series]:
    """List the parameters of a forecast of *codes*."""
    return [
        Series(code, level)
        for code in codes
        for level in (*QUANTILES, *([CHANCE] if PARAMETERS[code].zeros else []))
    ]


def observed_series(codes: Iterable[str]) -> list[Series]:
    """List the parameters of observations of *codes*."""
    return [Series(code) for code in codes]


#: By name.
FORECAST = {series.name: series for series in forecast_series(PARAMETERS)}
OBSERVED = {series.name: series for series in observed_series(PARAMETERS)}


def chosen(names: Sequence[str], known: Mapping[str, Series]) -> list[Series]:
    """Return the parameters that are named, in the order of *known*; all of them if none is.

    Raises:
        InvalidError: A name is unknown; suggests the nearest.
    """
    for name in names:
        if name not in known:
            # Of `temperature` alone the nearest word would be one of its quantiles, any of them.
            median = f"{name}_p50"
            words = [median] if median in known else nearest(name, known)
            meant = "".join(f"; did you mean {word!r}?" for word in words)
            reason = f"the collection has no parameter {name[:80]!r}{meant}"
            raise InvalidError(Refusal("query", "parameter-name", reason))
    return [series for name, series in known.items() if not names or name in names]
