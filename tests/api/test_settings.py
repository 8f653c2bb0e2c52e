"""The settings of the API."""

import pytest

from api.errors import SettingsError
from api.settings import Settings


def test_store():
    """The URL of the store comes from the environment, and other variables do not matter."""
    assert Settings.of({"STATIONCAST_STORE": "sqlite:///a.db", "HOME": "/"}).store == (
        "sqlite:///a.db"
    )


@pytest.mark.parametrize("environment", [{}, {"STATIONCAST_STORE": ""}])
def test_missing_store(environment):
    """Without a store the process does not start, and the error names the variable."""
    with pytest.raises(SettingsError, match="STATIONCAST_STORE is not set"):
        Settings.of(environment)


def test_real_time_is_off_by_default():
    """Without an endpoint there is no real time, and empty variables count as missing."""
    settings = Settings.of({"STATIONCAST_STORE": "x", "STATIONCAST_ENDPOINT": ""})

    assert settings == Settings("x")
    assert settings.endpoint is None


def test_files_of_runs_are_beside_the_store():
    """A SQLite store has a folder beside it; another location replaces it."""
    of_file = {"STATIONCAST_STORE": "sqlite:////data/forecasts.db"}

    assert Settings.of(of_file).downloads == "/data/forecasts-downloads"
    assert Settings.of(of_file | {"STATIONCAST_DOWNLOADS": "/files"}).downloads == "/files"
    assert Settings.of(of_file | {"STATIONCAST_DOWNLOADS": "off"}).downloads is None
    assert Settings.of({"STATIONCAST_STORE": "dynamodb://stationcast"}).downloads is None


def test_everything_about_real_time():
    """Endpoint, time limit, split, routes and the metrics' name come from the environment."""
    settings = Settings.of(
        {
            "STATIONCAST_STORE": "x",
            "STATIONCAST_ENDPOINT": "sagemaker://stationcast-realtime",
            "STATIONCAST_ENDPOINT_SECONDS": "1.5",
            "STATIONCAST_VARIANTS": "depth5=95,depth10=5",
            "STATIONCAST_MODELS": "pm25=pm25.tar.gz",
            "STATIONCAST_PUBLIC_URL": "https://example.org/at/",
            "STATIONCAST_DOWNLOADS": "s3://bucket/downloads",
            "POWERTOOLS_SERVICE_NAME": "weather",
        }
    )

    assert settings.endpoint == "sagemaker://stationcast-realtime"
    assert settings.seconds == 1.5
    assert settings.split.weights == {"depth5": 95, "depth10": 5}
    assert settings.routes.models == {("pm25", ""): "pm25.tar.gz"}
    assert settings.public_url == "https://example.org/at"
    assert settings.downloads == "s3://bucket/downloads"
    assert settings.service == "weather"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STATIONCAST_ENDPOINT", "stationcast"),
        ("STATIONCAST_ENDPOINT", "sagemaker://neo_endpoint"),
        ("STATIONCAST_ENDPOINT", "lambda://a:b:c"),
        ("STATIONCAST_ENDPOINT", "lambda://"),
        ("STATIONCAST_PUBLIC_URL", "example.org"),
        ("STATIONCAST_PUBLIC_URL", "https://example.org/?key=1"),
        ("STATIONCAST_PUBLIC_URL", "javascript:alert(1)"),
        ("STATIONCAST_DOWNLOADS", "s3://a.bucket/downloads"),
        ("STATIONCAST_DOWNLOADS", "s3:/bucket"),
        ("STATIONCAST_ENDPOINT_SECONDS", "soon"),
        ("STATIONCAST_ENDPOINT_SECONDS", "0"),
        ("STATIONCAST_ENDPOINT_SECONDS", "11"),
        ("STATIONCAST_ENDPOINT_SECONDS", "nan"),
        ("STATIONCAST_VARIANTS", "a"),
        ("STATIONCAST_MODELS", "a"),
    ],
)
def test_malformed_settings(name, value):
    """A malformed setting keeps the process from starting, and is named."""
    with pytest.raises(SettingsError, match=name):
        Settings.of({"STATIONCAST_STORE": "x", name: value})


@pytest.mark.parametrize("url", ["lambda://stationcast-model", "lambda://stationcast-model:live"])
def test_a_function(url):
    """The endpoint may be a Lambda function, with or without its alias."""
    environment = {"STATIONCAST_STORE": "x", "STATIONCAST_ENDPOINT": url}

    assert Settings.of(environment).endpoint == url


@pytest.mark.parametrize(
    ("name", "value"), [("STATIONCAST_VARIANTS", "a=1,b=1"), ("STATIONCAST_MODELS", "o3=o3.tar.gz")]
)
def test_a_function_has_one_model(name, value):
    """SageMaker's own settings are refused for a Lambda function, not ignored."""
    environment = {"STATIONCAST_STORE": "x", "STATIONCAST_ENDPOINT": "lambda://model"}
    with pytest.raises(SettingsError, match=f"{name} is for SageMaker endpoints"):
        Settings.of(environment | {name: value})
