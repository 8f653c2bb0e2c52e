"""The settings of the functions of the night."""

import pytest

from batch_jobs.errors import SettingsError
from batch_jobs.settings import Settings

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
    """Without a write rate there is none."""
    environment = {**ENVIRONMENT, "STATIONCAST_WRITE_RATE": ""}

    assert Settings.of(environment).write_rate == 0


@pytest.mark.parametrize("name", [name for name in ENVIRONMENT if "WRITE" not in name])
def test_what_is_missing_is_named(name):
    """A function without it does not start."""
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
def test_what_is_malformed_is_named(name, text, reason):
    """With what is wrong with it."""
    with pytest.raises(SettingsError, match=f"environment variable {name}: {reason}"):
        Settings.of({**ENVIRONMENT, name: text})
