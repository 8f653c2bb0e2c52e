"""Quantities: how the readings of an hour become a value, and what becomes of other measures."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.errors import NoObservationsError
from batch_jobs.observations.quantities import CODES, QUANTITIES
from forecasts.circle import circular_mean
from forecasts.parameter import PARAMETERS
from model import circle
from tests.batch_jobs.observations.parquet_folder import (
    HEADER,
    JFK,
    LGA,
    SCHEMA,
    read,
    reading,
    series,
    write,
)

DENVER = "DEN,Denver,US,39.7,-105,1609,America/Denver\n"


@pytest.fixture
def location(tmp_path):
    """A folder with a station file; the elevation of LGA is not known."""
    (tmp_path / "stations.csv").write_text(HEADER + JFK + LGA + DENVER)
    return tmp_path


def test_parameters_come_first():
    """Every parameter is a quantity, in the order of the catalogue."""
    assert CODES[: len(PARAMETERS)] == tuple(PARAMETERS)


@pytest.mark.parametrize("code", QUANTITIES)
def test_limits(code):
    """A quantity has a parameter's unit and limits in order."""
    quantity = QUANTITIES[code]

    assert quantity.unit == PARAMETERS[quantity.parameter].unit
    assert quantity.minimum < quantity.maximum


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("precipitation", 3.5),
        ("precipitation_since_hour", 2),
        ("wind_gust", 2),
        ("wind_speed", 1.167),
        ("temperature", 1.167),
    ],
)
def test_aggregation(location, code, expected):
    """Amounts of rain are added, the largest gust and running sum count, others are averaged."""
    values = {-50: 0.5, -30: 1, -10: 2}
    write(location, *(reading(v, minutes=m, code=code) for m, v in values.items()))

    observations = read(location)

    assert observations.parameters == (QUANTITIES[code].parameter,)
    assert series(observations, code=QUANTITIES[code].parameter)[-1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("directions", "expected"),
    [
        ((350, 20), 5),
        ((340, 10), 355),
        ((0,), 0),
        ((360,), 0),
        ((359.999999,), 0),
        ((359.999999, 360), 0),
        ((270, 270, 0), 296.565),
        ((0, 180), None),
        ((0, 90, 180, 270), None),
    ],
)
def test_directions(location, directions, expected):
    """Directions are averaged as unit vectors; if they cancel, the hour has none."""
    of_hour = (
        reading(value, minutes=-10 * place, code="wind_direction")
        for place, value in enumerate(directions)
    )
    write(location, *of_hour, reading(90, minutes=-70, code="wind_direction"))

    found = series(read(location), code="wind_direction")[-1]

    assert found == expected


def test_directions_that_are_missing(location):
    """What NOAA writes for a variable or a missing direction is missing, and not implausible."""
    missing = {-5: 990, -7: 999}
    rows = [reading(value, minutes=m, code="wind_direction") for m, value in missing.items()]
    write(location, *rows, reading(990, code="pressure"), reading(20, code="wind_direction"))
    observations = read(location)

    assert observations.report.dropped["sentinel"] == 2
    assert series(observations, code="wind_direction")[-1] == 20
    assert series(observations, code="pressure")[-1] == 990


@given(
    st.lists(st.integers(0, 359), min_size=1, max_size=5),
    st.integers(0, 359),
)
def test_turned_directions(directions, turn):
    """If all directions turn by an angle, so does their mean; models and callers have the same."""
    together = circular_mean(directions)
    found = circle.circular_mean(np.array(directions, np.float32))
    turned = circle.circular_mean((np.array(directions) + turn) % 360)

    assert found == pytest.approx(np.nan if together is None else together, nan_ok=True)
    assert np.isnan(found) == np.isnan(turned)
    assert np.isnan(found) or abs(circle.turned(turned - found - turn)) < 1e-6


@pytest.mark.parametrize("parameters", [None, ("wind_direction",), ("wind_direction", "pressure")])
def test_calm_hours_have_no_direction(location, parameters):
    """Without wind, an instrument's north says nothing; whatever else is asked for."""
    write(
        location,
        *(reading(each, code="pressure", minutes=m) for m, each in ((0, 1013), (-60, 1014))),
        reading(0, code="wind_direction"),
        reading(0, code="wind_speed"),
        reading(10, code="wind_direction", minutes=-60),
        reading(0.5, code="wind_speed", minutes=-60),
    )

    observations = read(location, parameters=parameters)

    wanted = parameters or ("wind_speed", "pressure", "wind_direction")
    assert set(observations.parameters) == set(wanted)
    assert series(observations, code="wind_direction")[-2:] == [10, None]


def test_both_kinds_of_precipitation(location):
    """An hour without amounts of rain has the sum since the full hour."""
    write(
        location,
        reading(1, code="precipitation"),
        reading(5, code="precipitation_since_hour"),
        reading(2, code="precipitation_since_hour", minutes=-60),
    )

    observations = read(location)

    assert observations.parameters == ("precipitation",)
    assert series(observations, code="precipitation")[1:] == [2, 1]


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("pm25", -0.4, 0),
        ("so2", -0.8, 0),
        ("relative_humidity", 102, 100),
        ("pm25", 0.4, 0.4),
        ("wind_speed", -0.1, 0),
    ],
)
def test_noise(location, code, value, expected):
    """A value that is outside of the limits by an instrument's noise becomes the limit."""
    write(location, reading(value, code=code))

    observations = read(location)

    assert series(observations, code=code)[-1] == pytest.approx(expected)
    assert observations.report.dropped == {}


def test_more_than_noise(location):
    """A concentration far below zero is no noise."""
    write(location, reading(1, code="pm25"), reading(-11, code="pm25", minutes=-60))

    assert read(location).report.dropped == {"implausible": 1}


def reduced(hectopascals, celsius, metres):
    """Reduce pressure to sea level, as the textbook has it."""
    below = 0.0065 * metres
    return hectopascals * (1 - below / (celsius + below + 273.15)) ** -5.257


def at_denver(hectopascals, minutes=0, code="station_pressure"):
    """Return a reading at 1,609 m."""
    return reading(hectopascals, minutes=minutes, station="DEN", code=code)


def test_pressure_at_a_mountain(location):
    """Pressure at a station is reduced to sea level by elevation and temperature."""
    write(location, at_denver(835), at_denver(3, code="temperature"))

    observations = read(location)

    assert series(observations, "DEN", "pressure")[-1] == pytest.approx(
        reduced(835, 3, 1609), abs=0.06
    )
    assert observations.report.dropped == {}


def test_hours_that_are_not_plausible(location):
    """An hour that plausible readings bring outside of the limits is dropped, and reported."""
    wet = [reading(300, minutes=m, code="precipitation") for m in (-20, -10)]
    low = [reading(1100, station="DEN", minutes=m, code="station_pressure") for m in (-70, -10)]
    write(location, *wet, *low, reading(900, station="DEN", minutes=-130, code="pressure"))

    observations = read(location)

    assert series(observations, "DEN", "pressure") == [900, None, None]
    assert series(observations, "JFK", "precipitation") == [None, None, None]
    assert observations.report.faults == {"implausible_hour": 2}
    assert observations.report.examples == [
        "station DEN: 2 hours of pressure are not plausible, the first is 1335.98 hPa",
        "station JFK: 1 hours of precipitation are not plausible, the first is 600 mm",
    ]


def test_pressure_in_hours_without_temperature(location):
    """An hour without a temperature has the mean of the station's."""
    temperatures = [at_denver(v, m, "temperature") for m, v in ((0, -10), (-60, 20))]
    write(location, *(at_denver(835, m) for m in (0, -60, -120)), *temperatures)

    observations = read(location)

    assert series(observations, "DEN", "pressure") == pytest.approx(
        [reduced(835, celsius, 1609) for celsius in (5, 20, -10)], abs=0.06
    )


@pytest.mark.parametrize("others", [[], [reading(30)]])
def test_pressure_without_temperature(location, others):
    """A station without any temperature has that of the standard atmosphere."""
    write(location, at_denver(835), *others)

    observations = read(location)

    assert series(observations, "DEN", "pressure")[-1] == pytest.approx(
        reduced(835, 15 - 0.0065 * 1609, 1609), abs=0.06
    )


def test_pressure_at_sea_level_wins(location):
    """A station that reports both pressures keeps that at sea level."""
    write(location, at_denver(835), at_denver(1020, code="pressure"), at_denver(835, -60))

    observations = read(location)

    assert series(observations, "DEN", "pressure")[-1] == 1020
    assert 1000 < series(observations, "DEN", "pressure")[-2] < 1020


def test_pressure_at_unknown_height(location):
    """Pressure at a station of unknown height is not used, which is said and is no fault."""
    write(location, reading(835, station="LGA", code="station_pressure"), reading(1, station="LGA"))

    observations = read(location)

    assert observations.parameters == ("temperature",)
    assert observations.report.dropped == {"no_elevation": 1}
    assert observations.report.faulty == 0
    assert observations.report.examples == [
        "station LGA: pressure is not reduced to sea level, as its elevation is not known"
    ]


def test_only_pressure_at_unknown_height(location):
    """If nothing else was measured, the error says why nothing is left."""
    write(location, reading(835, station="LGA", code="station_pressure"))

    with pytest.raises(NoObservationsError, match="1 no_elevation; station LGA: pressure is not"):
        read(location)


def test_pressure_alone_is_requested(location):
    """Temperature is read to reduce pressure, and is not returned unless it is requested."""
    write(location, at_denver(835), at_denver(3, code="temperature"), reading(5))

    observations = read(location, parameters=["pressure"])

    assert observations.parameters == ("pressure",)
    assert [station.id for station in observations.stations] == ["DEN"]
    assert series(observations, "DEN", "pressure")[-1] == pytest.approx(
        reduced(835, 3, 1609), abs=0.06
    )
    assert observations.report.dropped == {"not_requested": 1}


@pytest.mark.parametrize("name", ["a.csv", "a.ndjson"])
def test_openaq_has_station_pressure(location, name):
    """OpenAQ's pressure is that at the station: a mountain's is not broken."""
    csv = (
        "location_id,location,datetime,lat,lon,parameter,units,value\n"
        "DEN,D,2013-12-30T00:00:00Z,39.7,-105,pressure,hpa,835\n"
        "DEN,D,2013-12-30T00:00:00Z,39.7,-105,temperature,c,3\n"
    )
    ndjson = (
        '{"date":{"utc":"2013-12-30T00:00:00Z"},"parameter":"pressure","location":"D","value":835,'
        '"unit":"hpa","coordinates":{"latitude":39.7,"longitude":-105}}\n'
    )
    (location / name).write_text(csv if name == "a.csv" else ndjson)
    write(location, reading(1))

    observations = read(location)

    if name == "a.csv":
        assert series(observations, "DEN", "pressure")[-1] == pytest.approx(
            reduced(835, 3, 1609), abs=0.06
        )
    else:
        assert observations.report.dropped == {"no_elevation": 1}


def test_pressure_at_sea_level_in_other_units(location):
    """Units of the other quantities are those of their parameter."""
    schema = SCHEMA | {"unit": pl.String}
    write(location, at_denver(24.66) | {"unit": "inHg"}, schema=schema)

    assert 1000 < series(read(location), "DEN", "pressure")[-1] < 1030
