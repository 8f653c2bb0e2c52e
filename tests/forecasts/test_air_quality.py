"""The US Air Quality Index is EPA's of 2024."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.air_quality import air_quality, category_of
from forecasts.parameter import PARAMETERS
from forecasts.units import conversion

#: A break point begins here, in the unit of EPA's table, and there the index.
UNITS = {"pm25": "µg/m³", "pm10": "µg/m³", "o3": "ppm", "no2": "ppb", "so2": "ppb", "co": "ppm"}


def index(code, hours):
    """Return the index of hours that are given in the unit of EPA's table."""
    scale, offset = conversion(code, UNITS[code])
    return air_quality({code: [hour * scale + offset for hour in hours]}).index


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("pm25", 0, 0),
        ("pm25", 9.0, 50),
        ("pm25", 9.1, 51),
        ("pm25", 35.4, 100),
        ("pm25", 35.5, 101),
        ("pm25", 55.4, 150),
        ("pm25", 55.5, 151),
        ("pm25", 125.4, 200),
        ("pm25", 125.5, 201),
        ("pm25", 225.4, 300),
        ("pm25", 225.5, 301),
        ("pm25", 325.4, 500),
        ("pm10", 54, 50),
        ("pm10", 55, 51),
        ("pm10", 154, 100),
        ("pm10", 254, 150),
        ("pm10", 354, 200),
        ("pm10", 424, 300),
        ("pm10", 604, 500),
        ("o3", 0.054, 50),
        ("o3", 0.055, 51),
        ("o3", 0.070, 100),
        ("o3", 0.085, 150),
        ("o3", 0.105, 200),
        ("co", 4.4, 50),
        ("co", 4.5, 51),
        ("co", 9.4, 100),
        ("co", 12.4, 150),
        ("co", 15.4, 200),
        ("co", 30.4, 300),
        ("co", 50.4, 500),
        ("no2", 53, 50),
        ("no2", 54, 51),
        ("no2", 100, 100),
        ("no2", 360, 150),
        ("no2", 649, 200),
        ("no2", 1249, 300),
        ("no2", 2049, 500),
        ("so2", 35, 50),
        ("so2", 36, 51),
        ("so2", 75, 100),
        ("so2", 185, 150),
        ("so2", 304, 200),
        ("so2", 305, 201),
        ("so2", 604, 300),
        ("so2", 605, 301),
        ("so2", 1004, 500),
    ],
)
def test_break_points(code, value, expected):
    """Each break point of EPA's table 6 has the index that stands there."""
    assert index(code, [value] * 24) == expected


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [("pm25", 9.09, 50), ("pm10", 54.9, 50), ("o3", 0.0549, 50), ("co", 4.49, 50)],
)
def test_concentrations_are_cut(code, value, expected):
    """A concentration between two rows of the table belongs to the lower one."""
    assert index(code, [value] * 24) == expected


def test_a_line_between_break_points():
    """35.9 µg/m³ is a fiftieth of the way from 35.5, where 101 begins, to 55.4."""
    assert index("pm25", [35.9] * 24) == 102


def test_particles_count_as_the_mean_of_the_day():
    """One bad hour is a twenty-fourth of the day."""
    assert index("pm25", [216.0] + [0.0] * 23) == index("pm25", [9.0] * 24) == 50


def test_ozone_counts_as_its_worst_eight_hours():
    """Eight bad hours in a row are as bad as a day of them; if they are apart, they are not."""
    in_a_row = [0.0] * 9 + [0.070] * 8 + [0.0] * 7

    assert index("o3", in_a_row) == 100
    assert index("o3", [0.070, 0.0, 0.0] * 8) == 24


def test_one_hour_of_ozone():
    """From 0.125 ppm on, a single hour counts; below it does not."""
    assert index("o3", [0.125] + [0.0] * 23) == 101
    assert index("o3", [0.124] + [0.0] * 23) == 14
    assert index("o3", [0.604] * 24) == 500


def test_eight_hours_of_ozone_end_at_300():
    """Above it, the hours decide."""
    assert index("o3", [0.300] * 24) == 300


def test_one_hour_of_sulphur_dioxide_ends_at_200():
    """Above it, the mean of the day decides."""
    assert index("so2", [900.0] + [0.0] * 23) == 200
    assert index("so2", [1000.0] * 12 + [0.0] * 12) == 266


def test_the_table_goes_on():
    """Above 500, the last line goes on."""
    assert index("pm25", [425.3] * 24) == 699


@pytest.mark.parametrize("hours", [23, 25])
def test_days_on_which_clocks_change(hours):
    """The mean is that of the hours of the day."""
    assert index("pm25", [9.0] * hours) == 50


def test_the_worst_pollutant_is_named():
    """The index is the highest one, and each pollutant has its own."""
    found = air_quality({"temperature": [3.6] * 24, "no2": [20.0] * 24, "pm25": [12.0] * 24})

    assert (found.index, found.category, found.parameter) == (56, "moderate", "pm25")
    assert found.indices == {"pm25": 56, "no2": 9}


def test_without_pollutants():
    """Weather has no index, nor has black carbon."""
    assert air_quality({"temperature": [3.6] * 24, "bc": [1.0] * 24}) is None


@pytest.mark.parametrize(
    ("number", "word"),
    [(0, "good"), (50, "good"), (150, "unhealthy for sensitive groups"), (501, "hazardous")],
)
def test_categories(number, word):
    """The words are EPA's."""
    assert category_of(number) == word


@given(
    st.sampled_from(sorted(UNITS)).flatmap(
        lambda code: st.tuples(
            st.just(code),
            st.lists(st.floats(0, PARAMETERS[code].maximum), min_size=24, max_size=24),
            st.floats(0, 100),
        )
    )
)
def test_more_is_never_better(asked):
    """If a concentration rises at all hours, the index does not fall."""
    code, hours, more = asked
    before = air_quality({code: hours}).index
    after = air_quality({code: [hour + more for hour in hours]}).index

    assert 0 <= before <= after
