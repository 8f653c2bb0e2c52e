"""Units of files are converted to the units of the catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.errors import UnknownParameterError
from forecasts.parameter import PARAMETERS
from forecasts.units import conversion, shown_unit
from tests.factories import values_of


def converted(code, unit, value):
    """Return *value* in the catalogue's unit."""
    scale, offset = conversion(code, unit)
    return value * scale + offset


@pytest.mark.parametrize(
    ("code", "unit", "value", "expected"),
    [
        ("o3", "ppm", 0.05, 98.155),
        ("no2", "ppb", 10, 18.816),
        ("so2", "ppm", 0.001, 2.620),
        ("co", "ppm", 1, 1145.603),
        ("co", "mg/m³", 1.2, 1200),
        ("pm25", "µg/m³", 7, 7),
        ("pm25", "\u03bcg/m³", 7, 7),
        ("pm25", "ug/m3", 7, 7),
        ("bc", "mg/m3", 0.002, 2),
        ("temperature", "c", 12.5, 12.5),
        ("temperature", "°C", 12.5, 12.5),
        ("temperature", "f", 32, 0),
        ("dew_point", "°F", 212, 100),
        ("temperature", "K", 273.15, 0),
        ("relative_humidity", "%", 45, 45),
        ("wind_speed", "m/s", 3, 3),
        ("wind_speed", "km/h", 36, 10),
        ("wind_gust", "mph", 10, 4.4704),
        ("wind_speed", "kt", 1, 0.514444),
        ("wind_gust", "kn", 10, 5.14444),
        ("wind_speed", "Knots", 1, 0.514444),
        ("pressure", "hPa", 1013.2, 1013.2),
        ("pressure", "mb", 1013.2, 1013.2),
        ("pressure", "Pa", 101320, 1013.2),
        ("pressure", "kPa", 101.32, 1013.2),
        ("pressure", "mmHg", 760, 1013.25),
        ("pressure", "inHg", 29.92, 1013.207),
        ("visibility", "m", 1500, 1.5),
        ("visibility", "mi", 10, 16.09344),
        ("precipitation", "in", 1, 25.4),
        ("precipitation", "mm", 1, 1),
    ],
)
def test_known_unit(code, unit, value, expected):
    """A value in any unit that the networks use becomes the same quantity in ours."""
    result = converted(code, unit, value)

    assert result == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ("pm25", "ppm"),
        ("bc", "ppb"),
        ("relative_humidity", "fraction"),
        ("temperature", "m/s"),
        ("o3", "grains"),
        ("o3", ""),
    ],
)
def test_unknown_unit(code, unit):
    """A unit that is unknown, or wrong for the parameter, is refused, never guessed."""
    result = conversion(code, unit)

    assert result is None


@pytest.mark.parametrize(
    ("code", "value", "shown", "unit"),
    [
        ("temperature", 3.6, 38, "°F"),
        ("dew_point", -17.8, 0, "°F"),
        ("wind_speed", 12.1, 27, "mph"),
        ("wind_gust", 0.0, 0, "mph"),
        ("pressure", 1013.2, 29.92, "inHg"),
        ("visibility", 16.1, 10.0, "mi"),
        ("precipitation", 2.5, 0.1, "in"),
        ("precipitation", 0.1, 0.0, "in"),
        ("relative_humidity", 45.0, 45, "%"),
        ("pm25", 12.3, 12.3, "µg/m³"),
        ("co", 240.0, 240, "µg/m³"),
    ],
)
def test_units_of_the_us(code, value, shown, unit):
    """Values are converted and rounded as people in the US write them; pollutants stay."""
    of_us = shown_unit(code, "us")

    assert str(of_us.show(value)) == str(shown)
    assert of_us.unit == unit


@given(st.sampled_from(sorted(PARAMETERS)).flatmap(lambda c: st.tuples(st.just(c), values_of(c))))
def test_what_is_shown_is_read_back(value):
    """A shown value is the same value, but for the decimals that it lost."""
    code, number = value
    for system in ("metric", "us"):
        unit = shown_unit(code, system)
        step = unit.read(10.0**-unit.decimals) - unit.read(0.0)
        assert unit.read(unit.show(number)) == pytest.approx(number, abs=step / 2 + 1e-9)


def test_a_small_negative_value_is_not_minus_zero():
    """Minus zero would be written as such."""
    assert str(shown_unit("temperature", "us").show(-17.9)) == "0"


def test_metric_is_the_catalogue():
    """The metric units are those of the catalogue, in which nothing is converted."""
    for code, parameter in PARAMETERS.items():
        assert shown_unit(code, "metric") == (parameter.unit, parameter.decimals, None)


def test_a_parameter_that_is_not_there_has_no_unit():
    """An unknown code is refused."""
    with pytest.raises(UnknownParameterError):
        shown_unit("mood", "us")


@pytest.mark.parametrize(
    ("unit", "known"), [("°", True), ("deg", True), (" ° ", True), ("", False)]
)
def test_units_of_directions(unit, known):
    """A degree sign is a unit, and no text is none."""
    assert (conversion("wind_direction", unit) is not None) == known
    assert conversion("temperature", "") is None
