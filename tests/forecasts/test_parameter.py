"""The parameter catalogue."""

import math
import re

import pytest

from forecasts import circle
from forecasts.errors import UnknownParameterError
from forecasts.parameter import PARAMETERS, TURN, parameter
from model import circle as of_model


def test_order_is_part_of_a_format():
    """The order of the catalogue never changes, as packed histories name parameters by it."""
    assert list(PARAMETERS) == [
        *("pm25", "pm10", "o3", "no2", "so2", "co", "bc"),
        *("temperature", "dew_point", "relative_humidity", "wind_speed", "wind_gust"),
        *("pressure", "visibility", "precipitation", "wind_direction"),
    ]


def test_decimals_are_part_of_a_format():
    """The decimals of a parameter never change, as packed histories are whole numbers of them."""
    decimals = {code: p.decimals for code, p in PARAMETERS.items()}

    assert {code for code, n in decimals.items() if n == 0} == {
        *("pm10", "o3", "co", "relative_humidity", "wind_direction")
    }
    assert {code for code, n in decimals.items() if n == 2} == {"bc"}
    assert set(decimals.values()) == {0, 1, 2}


def test_names_that_others_know():
    """Each parameter has a standard name of its own, an address for it, and a unit in UCUM."""
    names = [p.standard_name for p in PARAMETERS.values()]

    assert len(set(names)) == len(PARAMETERS)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", name) for name in names)
    assert PARAMETERS["temperature"].standard_name_uri.endswith("/standard_name/air_temperature/")
    assert {p.unit: p.ucum for p in PARAMETERS.values()} == {
        **{unit: unit for unit in ("%", "m/s", "hPa", "km", "mm")},
        "µg/m³": "ug/m3",
        "°C": "Cel",
        "°": "deg",
    }


def test_rain_has_a_chance():
    """Of the others, few hours are exactly 0."""
    assert [code for code, p in PARAMETERS.items() if p.zeros] == ["precipitation"]


def test_one_is_circular():
    """The wind's direction is a direction, and nothing else; the model knows the same."""
    assert (
        {code for code, p in PARAMETERS.items() if p.circular}
        == {"wind_direction"}
        == of_model.CIRCULAR
    )
    assert (circle.CANCELLED, TURN) == (of_model.CANCELLED, of_model.TURN)


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("wind_direction", 359.4, 359),
        ("wind_direction", 359.6, 0),
        ("wind_direction", 360, 0),
        ("temperature", -0.04, 0),
        ("bc", 0.126, 0.13),
    ],
)
def test_rounding(code, value, expected):
    """Values are rounded to their decimals; 360 degrees are 0."""
    rounded = parameter(code).rounded(value)

    assert rounded == expected
    assert math.copysign(1, rounded) == 1


@pytest.mark.parametrize("code", PARAMETERS)
def test_limits(code):
    """Limits are in order, and are themselves values of the parameter's decimals."""
    p = parameter(code)

    assert p.code == code
    assert p.minimum < p.maximum
    assert (round(p.minimum, p.decimals), round(p.maximum, p.decimals)) == (p.minimum, p.maximum)


def test_unknown_parameter():
    """An unknown code is refused with a list of the known ones."""
    with pytest.raises(UnknownParameterError, match=r"'pm2\.5'; known: pm25, pm10") as caught:
        parameter("pm2.5")

    assert caught.value.code == "pm2.5"
    assert caught.value.known == tuple(PARAMETERS)


def test_catalogue_cannot_be_changed():
    """Parameters cannot be added at run time."""
    with pytest.raises(TypeError):
        PARAMETERS["radon"] = PARAMETERS["pm25"]
