"""The settings of the functions of nights and fetches."""

import pytest

from batch_jobs.errors import SettingsError
from batch_jobs.feeds.wanted import Country
from batch_jobs.settings import FetchSettings, Settings

ENVIRONMENT = {
    "STATIONCAST_STORE": "dynamodb://stationcast",
    "STATIONCAST_RUNS": "s3://bucket/runs/",
    "STATIONCAST_OBSERVATIONS": "s3://bucket/observations",
    "STATIONCAST_MODEL": "v1",
    "STATIONCAST_PARAMETERS": "temperature, pressure",
    "STATIONCAST_WRITE_RATE": "1000",
}


def test_settings():
    """Each variable is read."""
    assert Settings.of(ENVIRONMENT) == Settings(
        store="dynamodb://stationcast",
        runs="s3://bucket/runs",
        observations="s3://bucket/observations",
        model="v1",
        parameters=("temperature", "pressure"),
        write_rate=1000.0,
    )


def test_no_cap_is_the_default():
    """Without a write rate, writes are not capped."""
    environment = {**ENVIRONMENT, "STATIONCAST_WRITE_RATE": ""}

    assert Settings.of(environment).write_rate == 0


@pytest.mark.parametrize("name", [name for name in ENVIRONMENT if "WRITE" not in name])
def test_missing_settings_are_named(name):
    """A function with a missing setting does not start, and the error names the variable."""
    with pytest.raises(SettingsError, match=f"{name}: is not set; an example is ") as caught:
        Settings.of({**ENVIRONMENT, name: " "})

    assert caught.value.name == name


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("STATIONCAST_PARAMETERS", "temperature,mood", "unknown parameter 'mood'"),
        ("STATIONCAST_WRITE_RATE", "fast", "'fast' is not a number"),
        ("STATIONCAST_WRITE_RATE", "-1", "-1 is not a rate"),
        ("STATIONCAST_WRITE_RATE", "nan", "nan is not a rate"),
    ],
)
def test_malformed_settings_are_named(name, text, reason):
    """The error names the variable and says what is wrong."""
    with pytest.raises(SettingsError, match=f"environment variable {name}: {reason}"):
        Settings.of({**ENVIRONMENT, name: text})


FETCH = {
    "STATIONCAST_SOURCE": "openaq",
    "STATIONCAST_OBSERVATIONS": "s3://bucket/observations",
    "STATIONCAST_STATIONS": "country=DE",
    "STATIONCAST_KEY_PARAMETER": "/stationcast/openaq-key",
}


def test_settings_of_a_fetch():
    """Each variable is read; a source may have no key."""
    settings = FetchSettings(
        "openaq", "s3://bucket/observations", Country("DE"), "/stationcast/openaq-key"
    )
    without = {name: text for name, text in FETCH.items() if "KEY" not in name}

    assert FetchSettings.of(FETCH) == settings
    assert FetchSettings.of(without).key_parameter == ""


@pytest.mark.parametrize("name", [name for name in FETCH if "KEY" not in name])
def test_missing_settings_of_a_fetch_are_named(name):
    """The error names the variable that is missing."""
    with pytest.raises(SettingsError, match=f"{name}: is not set; an example is "):
        FetchSettings.of({**FETCH, name: ""})


def test_malformed_stations_are_named():
    """The error says which choices of stations there are."""
    with pytest.raises(SettingsError, match="STATIONCAST_STATIONS: 'DE' chooses no stations; it"):
        FetchSettings.of({**FETCH, "STATIONCAST_STATIONS": "DE"})
