"""The parameter catalogue: what can be measured and forecast, in which unit, to how many decimals.

Each run says which of these it forecasts; no code assumes that there are seven. The codes of
pollutants are OpenAQ's; the codes of weather parameters are the CF-like names that Meteostat and
Bright Sky use.

Limits are those of a *plausible hourly value at a station*. For weather they are wider than the
records of the World Meteorological Organization; for pollutants they are wide enough for a dust
storm or a fire beside the station. A value outside its limits is an instrument fault and
dropped. Only if it is outside by no more than an instrument's noise, it becomes the limit: to drop
the small negative values of clean air would make its mean too high.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from forecasts.errors import UnknownParameterError

#: How the readings of an hour become its value.
Aggregation = Literal["mean", "sum", "maximum", "circular mean"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One measured quantity.

    Attributes:
        code: The identifier used everywhere: table, API, model, website.
        name: The name that people read.
        unit: The only unit in which values are stored and published.
        decimals: Number of decimals that values are rounded to, in histories and in forecasts.
        minimum: Smallest plausible hourly value, in *unit*.
        maximum: Largest plausible hourly value, in *unit*.
        noise: How far an instrument's noise may take a value outside of the limits, in *unit*.
        aggregation: How the readings of an hour become its value. A circular mean is the direction
            of the sum of unit vectors; if they cancel, the hour has no value.
        zeros: Whether most hours are 0, so that a forecast has a chance of anything at all.
        ratios: Whether it changes in ratios: wind that halves 20 would halve 200 as well.
    """

    code: str
    name: str
    unit: str
    decimals: int
    minimum: float
    maximum: float
    noise: float = 0
    aggregation: Aggregation = "mean"
    zeros: bool = False
    ratios: bool = False

    @property
    def circular(self) -> bool:
        """Whether it is a direction: from 0 up to, but not including, 360, which is 0 again."""
        return self.aggregation == "circular mean"

    @property
    def standard_name(self) -> str:
        """The standard name of the Climate and Forecast conventions (CF)."""
        return _STANDARD_NAMES[self.code]

    @property
    def standard_name_uri(self) -> str:
        """The address of the standard name in the vocabulary of the NERC, which publishes CF's."""
        return f"http://vocab.nerc.ac.uk/standard_name/{self.standard_name}/"

    @property
    def ucum(self) -> str:
        """The unit in the Unified Code for Units of Measure (UCUM)."""
        return _UCUM[self.unit]

    def rounded(self, value: float) -> float:
        """Round a value to its decimals; a direction of 359.6 becomes 0, and no value -0.0."""
        near = round(value, self.decimals) + 0.0
        return near % TURN if self.circular else near


#: Degrees of a full turn.
TURN = 360

#: By code. What instruments report as black carbon is CF's elemental carbon.
_STANDARD_NAMES = {
    "pm25": "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air",
    "pm10": "mass_concentration_of_pm10_ambient_aerosol_particles_in_air",
    "o3": "mass_concentration_of_ozone_in_air",
    "no2": "mass_concentration_of_nitrogen_dioxide_in_air",
    "so2": "mass_concentration_of_sulfur_dioxide_in_air",
    "co": "mass_concentration_of_carbon_monoxide_in_air",
    "bc": "mass_concentration_of_elemental_carbon_dry_aerosol_particles_in_air",
    "temperature": "air_temperature",
    "dew_point": "dew_point_temperature",
    "relative_humidity": "relative_humidity",
    "wind_speed": "wind_speed",
    "wind_gust": "wind_speed_of_gust",
    "pressure": "air_pressure_at_mean_sea_level",
    "visibility": "visibility_in_air",
    "precipitation": "lwe_thickness_of_precipitation_amount",
    "wind_direction": "wind_from_direction",
}

#: By unit.
_UCUM = {
    "µg/m³": "ug/m3",
    "°C": "Cel",
    "°": "deg",
    **{unit: unit for unit in ("%", "m/s", "hPa", "km", "mm")},
}

PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        p.code: p
        for p in (
            Parameter("pm25", "PM2.5", "µg/m³", 1, 0, 2_000, 10, ratios=True),
            Parameter("pm10", "PM10", "µg/m³", 0, 0, 5_000, 15, ratios=True),
            Parameter("o3", "Ozone", "µg/m³", 0, 0, 1_200, 10, ratios=True),
            Parameter("no2", "Nitrogen dioxide", "µg/m³", 1, 0, 2_000, 10, ratios=True),
            Parameter("so2", "Sulphur dioxide", "µg/m³", 1, 0, 5_000, 15, ratios=True),
            Parameter("co", "Carbon monoxide", "µg/m³", 0, 0, 100_000, 500, ratios=True),
            Parameter("bc", "Black carbon", "µg/m³", 2, 0, 500, 1, ratios=True),
            Parameter("temperature", "Air temperature", "°C", 1, -95, 60),
            Parameter("dew_point", "Dew point", "°C", 1, -100, 40),
            Parameter("relative_humidity", "Relative humidity", "%", 0, 0, 100, 5),
            Parameter("wind_speed", "Wind speed", "m/s", 1, 0, 115, 0.5),
            Parameter("wind_gust", "Wind gust", "m/s", 1, 0, 150, 0.5, "maximum"),
            Parameter("pressure", "Sea-level pressure", "hPa", 1, 850, 1_090),
            Parameter("visibility", "Visibility", "km", 1, 0, 100),
            Parameter("precipitation", "Precipitation", "mm", 1, 0, 450, 0.5, "sum", zeros=True),
            # Where the wind comes from. New parameters are always appended: stored items know
            # parameters by their place.
            Parameter("wind_direction", "Wind direction", "°", 0, 0, TURN, 0, "circular mean"),
        )
    }
)


def parameter(code: str) -> Parameter:
    """Look up a parameter by its code.

    Raises:
        UnknownParameterError: *code* is not in the catalogue.

    >>> parameter("pm25").unit
    'µg/m³'
    """
    try:
        return PARAMETERS[code]
    except KeyError:
        raise UnknownParameterError(code, tuple(PARAMETERS)) from None
