"""Headings of people's own CSV files."""

import pytest

from batch_jobs.observations.headings import ROLES, heading, takes, unit_of, units_for
from batch_jobs.observations.quantities import QUANTITIES


@pytest.mark.parametrize(
    ("text", "meaning", "unit"),
    [
        ("temp", "temperature", ""),
        ("temperature", "temperature", ""),
        ("t2m", "temperature", ""),
        ("air_temp", "temperature", ""),
        ("temp (°F)", "temperature", "°F"),
        ("tempf", "temperature", "°F"),
        ("temp_c", "temperature", "°C"),
        ("Outdoor Temperature(℃)", "temperature", "°C"),
        ("Temp (outdoor) [°C]", "temperature", "°C"),
        ("temperature_2m (K)", "temperature", "K"),
        ("humidity", "relative_humidity", ""),
        ("rh", "relative_humidity", ""),
        ("Luftfeuchte %", "relative_humidity", "%"),
        ("dew point", "dew_point", ""),
        ("wind", "wind_speed", ""),
        ("wind_speed_kmh", "wind_speed", "km/h"),
        ("Wind Speed (m s-1)", "wind_speed", "m/s"),
        ("gust", "wind_gust", ""),
        ("wind direction", "wind_direction", ""),
        ("Wind Direction (°)", "wind_direction", ""),
        ("wind_dir_deg", "wind_direction", "°"),
        ("drct", "wind_direction", ""),
        ("rain", "precipitation", ""),
        ("precip_in", "precipitation", "in"),
        ("Pressure [hPa]", "pressure", "hPa"),
        ("sea level pressure (mbar)", "pressure", "hPa"),
        ("Absolute Pressure (kPa)", "station_pressure", "kPa"),
        ("pm2.5", "pm25", ""),
        ("PM2_5 (µg/m³)", "pm25", "µg/m³"),
        ("pm25_ugm3", "pm25", "µg/m³"),
        ("CO (ppm)", "co", "ppm"),
        ("datetime_utc", "time", "UTC"),
        ("Time (UTC)", "time", "UTC"),
        ("Date", "date", ""),
        ("Uhrzeit", "clock", ""),
        ("Station ID", "station", ""),
        ("elevation (m)", "elevation", "m"),
    ],
)
def test_known(text, meaning, unit):
    """A heading is understood whatever its case, separators, brackets and unit."""
    assert heading(text)[:2] == (meaning, unit)


@pytest.mark.parametrize(
    "text",
    ["rain rate [mm/h]", "temp (mm)", "elevation (ft)", "indoor temp", "wave direction", "mood",
     "", "()", "%", "c", "air"],
)  # fmt: skip
def test_unknown(text):
    """What is not listed is not guessed, nor a known name with a unit that it cannot have."""
    assert heading(text).meaning == ""


@pytest.mark.parametrize("code", [*QUANTITIES, *ROLES])
def test_own_names(code):
    """Our own names mean what they say."""
    assert heading(code)[:2] == (code, "")


@pytest.mark.parametrize("code", QUANTITIES)
def test_units(code):
    """A quantity has units, and each is read by its own name."""
    units = units_for(code)

    assert QUANTITIES[code].unit in units
    assert [unit_of(unit) for unit in units] == units
    assert all(takes(code, unit) for unit in units)
