"""Quantities: what sources measure. Every parameter is one; others become a parameter at the end.

Sources do not all measure the same thing under one name. Precipitation may come as the amount since
the report before, whose sum is that of the hour, or as the sum since the last full hour, which
reports repeat, so that the largest counts. Pressure may be that at the station or at sea level.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from forecasts.parameter import PARAMETERS, Aggregation


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that a source measures.

    Attributes:
        code: The name in files.
        parameter: The parameter that it becomes; also decides the unit.
        minimum: Smallest plausible reading, in the parameter's unit.
        maximum: Largest plausible reading.
        noise: How far an instrument's noise may take a reading outside of the limits.
        aggregation: How the readings of an hour become its value.
    """

    code: str
    parameter: str
    minimum: float
    maximum: float
    noise: float
    aggregation: Aggregation

    @property
    def circular(self) -> bool:
        """Whether it is a direction, see `forecasts.parameter.Parameter`."""
        return self.aggregation == "circular mean"

    @property
    def unit(self) -> str:
        """The unit in which its values are kept."""
        return PARAMETERS[self.parameter].unit


SINCE_HOUR = "precipitation_since_hour"
STATION_PRESSURE = "station_pressure"

_RAIN = PARAMETERS["precipitation"]

#: Parameters first, in the order of the catalogue.
QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        quantity.code: quantity
        for quantity in (
            *(
                Quantity(p.code, p.code, p.minimum, p.maximum, p.noise, p.aggregation)
                for p in PARAMETERS.values()
            ),
            Quantity(SINCE_HOUR, _RAIN.code, _RAIN.minimum, _RAIN.maximum, _RAIN.noise, "maximum"),
            # From the summit of the Everest to the shore of the Dead Sea.
            Quantity(STATION_PRESSURE, "pressure", 300, 1_140, 0, "mean"),
        )
    }
)
CODES = tuple(QUANTITIES)
