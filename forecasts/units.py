"""Conversion of values from other units into those of the catalogue, and back.

Every conversion is linear. Mixing ratios of gases (ppm, ppb) become concentrations at 25 °C and
1 atm; one mole of an ideal gas then fills 24.45 litres.
"""

from functools import cache
from typing import Literal, NamedTuple

from forecasts.parameter import PARAMETERS, parameter


class Conversion(NamedTuple):
    """A linear conversion: `value * scale + offset` is the value in the catalogue's unit."""

    scale: float
    offset: float = 0.0

    def apply(self, value: float) -> float:
        """Convert a value into the catalogue's unit."""
        return value * self.scale + self.offset

    def revert(self, value: float) -> float:
        """Convert a value from the catalogue's unit."""
        return (value - self.offset) / self.scale


LITRES_PER_MOLE = 24.45
GRAMS_PER_MOLE = {"o3": 47.998, "no2": 46.006, "so2": 64.066, "co": 28.010}

_SAME = Conversion(1.0)

#: For each unit of the catalogue, the conversions from other units, written as by `_plain`.
_TO_UNIT: dict[str, dict[str, Conversion]] = {
    "µg/m³": {"ug/m3": _SAME, "mg/m3": Conversion(1000.0)},
    "°C": {
        "c": _SAME,
        "f": Conversion(5 / 9, -160 / 9),
        "k": Conversion(1.0, -273.15),
    },
    "%": {"%": _SAME},
    "m/s": {
        "m/s": _SAME,
        "km/h": Conversion(1 / 3.6),
        "mph": Conversion(0.44704),
        **dict.fromkeys(("kn", "kt", "kts", "knot", "knots"), Conversion(1852 / 3600)),
    },
    "hPa": {
        "hpa": _SAME,
        "mb": _SAME,
        "pa": Conversion(0.01),
        "kpa": Conversion(10.0),
        "mmhg": Conversion(1.33322387415),
        "inhg": Conversion(33.863886666667),
    },
    "km": {"km": _SAME, "m": Conversion(0.001), "mi": Conversion(1.609344)},
    "mm": {"mm": _SAME, "in": Conversion(25.4)},
    "°": dict.fromkeys(("°", "deg", "degree", "degrees"), _SAME),
}

# OpenAQ has used both the micro sign and the Greek letter, and both "m³" and "m3".
_PLAIN = str.maketrans({"\u00b5": "u", "\u03bc": "u", "³": "3", "°": None, " ": None})


def _plain(unit: str) -> str:
    # A degree sign alone is a unit; no text is none.
    return unit.translate(_PLAIN).lower() or unit.strip()


def conversion(code: str, unit: str) -> Conversion | None:
    """Return the conversion of a parameter's values from *unit* to the catalogue's unit.

    Args:
        code: A parameter code of the catalogue.
        unit: As written in a file, e.g. `ppm`, `ug/m3`, `°F`.

    Returns:
        The conversion; None if the parameter cannot have this unit.

    >>> conversion("temperature", "K")
    Conversion(scale=1.0, offset=-273.15)
    >>> conversion("temperature", "ppm") is None
    True
    """
    plain = _plain(unit)
    if code in GRAMS_PER_MOLE and plain in {"ppm", "ppb"}:
        micrograms_per_ppb = GRAMS_PER_MOLE[code] / LITRES_PER_MOLE
        return Conversion(micrograms_per_ppb * (1000 if plain == "ppm" else 1))
    return _TO_UNIT[PARAMETERS[code].unit].get(plain)


#: What readers may ask for: the catalogue's units, or those that people in the US use for weather.
UnitSystem = Literal["metric", "us"]

#: For each unit of the catalogue that the US does not use, theirs, and its decimals.
_US = {"°C": ("°F", 0), "m/s": ("mph", 0), "hPa": ("inHg", 2), "km": ("mi", 1), "mm": ("in", 2)}


class ShownUnit(NamedTuple):
    """The unit in which readers get a parameter.

    Attributes:
        unit: Its name.
        decimals: Number of decimals that values are rounded to.
        conversion: From this unit to the catalogue's; None if it is the catalogue's own.
    """

    unit: str
    decimals: int
    conversion: Conversion | None

    def show(self, value: float) -> float:
        """Convert a value from the catalogue's unit and round it; without decimals, to an int."""
        shown = value if self.conversion is None else self.conversion.revert(value)
        # Python rounds to an int without a number of decimals; the sum has no negative zero.
        return round(shown, self.decimals or None) + 0

    def read(self, value: float) -> float:
        """Convert a value to the catalogue's unit."""
        return value if self.conversion is None else self.conversion.apply(value)


@cache
def shown_unit(code: str, system: UnitSystem) -> ShownUnit:
    """Return the unit of a parameter in a system of units. Pollutants have one in both.

    Raises:
        UnknownParameterError: *code* is not in the catalogue.

    >>> shown_unit("temperature", "us").show(3.6)
    38
    >>> shown_unit("pm25", "us").unit
    'µg/m³'
    """
    of = parameter(code)
    if system == "metric" or of.unit not in _US:
        return ShownUnit(of.unit, of.decimals, None)
    unit, decimals = _US[of.unit]
    return ShownUnit(unit, decimals, conversion(code, unit))
