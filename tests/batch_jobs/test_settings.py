"""The settings of the functions of nights, fetches and trainings."""

import pytest

from batch_jobs.errors import SettingsError
from batch_jobs.feeds.wanted import Country
from batch_jobs.settings import FetchSettings, Settings, TrainingSettings

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


def test_a_model_that_is_not_named():
    """Then the artifact says what it forecasts, whatever the parameters are."""
    settings = Settings.of({**ENVIRONMENT, "STATIONCAST_MODEL": ""})

    assert (settings.model, settings.parameters) == ("", ())


@pytest.mark.parametrize(
    "name", [name for name in ENVIRONMENT if "WRITE" not in name and "MODEL" not in name]
)
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


TRAINING = {
    "STATIONCAST_TRAINING": "s3://bucket/training/",
    "STATIONCAST_IN_USE": "s3://bucket/models/in-use/",
}


def test_settings_of_a_training():
    """Each variable is read; most functions need two of them."""
    more = {
        "STATIONCAST_STORE": "dynamodb://stationcast",
        "STATIONCAST_STACK": "weather",
        "STATIONCAST_APPROVAL": "true",
    }
    places = ("s3://bucket/training", "s3://bucket/models/in-use")

    assert TrainingSettings.of(TRAINING) == TrainingSettings(*places)
    assert TrainingSettings.of(TRAINING | more) == TrainingSettings(
        *places, "dynamodb://stationcast", "weather", ask=True
    )


@pytest.mark.parametrize("name", TRAINING)
def test_missing_settings_of_a_training_are_named(name):
    """The error names the variable that is missing."""
    with pytest.raises(SettingsError, match=f"{name}: is not set; an example is "):
        TrainingSettings.of({**TRAINING, name: ""})


def test_a_malformed_approval_is_named():
    """It is neither true nor false."""
    with pytest.raises(SettingsError, match="STATIONCAST_APPROVAL: 'yes' is neither true nor"):
        TrainingSettings.of({**TRAINING, "STATIONCAST_APPROVAL": "yes"})
