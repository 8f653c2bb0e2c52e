"""The settings of the Lambda functions, from environment variables."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from batch_jobs.errors import SettingsError
from batch_jobs.feeds.wanted import Wanted, wanted_in
from forecasts.errors import UnknownParameterError
from forecasts.parameter import parameter


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the nightly run.

    Attributes:
        store: URL of the store (`STATIONCAST_STORE`), e.g. `dynamodb://stationcast`.
        runs: Location of the files of runs (`STATIONCAST_RUNS`), e.g. `s3://bucket/runs`.
        observations: Location of the observations (`STATIONCAST_OBSERVATIONS`).
        model: Name of the model, as responses show it (`STATIONCAST_MODEL`); "", the default, to
            read name and parameters out of the artifact, which a training replaces.
        parameters: Codes that the model forecasts (`STATIONCAST_PARAMETERS`, comma-separated);
            empty without a model's name.
        verification: Location of the files that VerifyRun writes (`STATIONCAST_VERIFICATION`); "",
            the default, for the other functions.
        downloads: Location of the files of whole runs (`STATIONCAST_DOWNLOADS`); "", the default,
            for the other functions.
        model_data: Location of the model's artifact (`STATIONCAST_MODEL_DATA`), e.g.
            `s3://bucket/models/v1/model.tar.gz`; "", the default, for the other functions.
        write_rate: Write units per second for all functions of LoadForecasts together
            (`STATIONCAST_WRITE_RATE`); 0, the default, for no cap.
    """

    store: str
    runs: str
    observations: str
    model: str = ""
    parameters: tuple[str, ...] = ()
    verification: str = ""
    downloads: str = ""
    model_data: str = ""
    write_rate: float = 0.0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings from environment variables.

        Raises:
            SettingsError: One is missing or malformed.
        """
        model = environment.get("STATIONCAST_MODEL", "").strip()
        return cls(
            store=_required(environment, "STATIONCAST_STORE", "dynamodb://stationcast"),
            runs=_required(environment, "STATIONCAST_RUNS", "s3://bucket/runs").rstrip("/"),
            observations=_required(
                environment, "STATIONCAST_OBSERVATIONS", "s3://bucket/observations"
            ),
            model=model,
            parameters=_codes(environment, "STATIONCAST_PARAMETERS") if model else (),
            verification=environment.get("STATIONCAST_VERIFICATION", "").strip(),
            downloads=environment.get("STATIONCAST_DOWNLOADS", "").strip(),
            model_data=environment.get("STATIONCAST_MODEL_DATA", "").strip(),
            write_rate=_rate(environment, "STATIONCAST_WRITE_RATE"),
        )


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """The settings of a function that fetches observations.

    Attributes:
        source: Name of the source (`STATIONCAST_SOURCE`), e.g. `iem`.
        observations: Location of the observations (`STATIONCAST_OBSERVATIONS`).
        stations: Which stations are wanted (`STATIONCAST_STATIONS`), e.g. `country=DE`.
        key_parameter: Name of the parameter of Parameter Store that has the source's key
            (`STATIONCAST_KEY_PARAMETER`); "", the default, for a source without a key.
    """

    source: str
    observations: str
    stations: Wanted
    key_parameter: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "FetchSettings":
        """Read the settings from environment variables.

        Raises:
            SettingsError: One is missing or malformed.
        """
        return cls(
            source=_required(environment, "STATIONCAST_SOURCE", "iem"),
            observations=_required(
                environment, "STATIONCAST_OBSERVATIONS", "s3://bucket/observations"
            ),
            stations=_stations(environment, "STATIONCAST_STATIONS"),
            key_parameter=environment.get("STATIONCAST_KEY_PARAMETER", "").strip(),
        )


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The settings of the functions of the training.

    Attributes:
        training: Location of registry, training set and jobs (`STATIONCAST_TRAINING`).
        in_use: Location of the folder with the model of the nights (`STATIONCAST_IN_USE`).
        store: URL of the store of the nights (`STATIONCAST_STORE`); "", the default, for functions
            that do not look at nights.
        stack: What the names of training jobs begin with (`STATIONCAST_STACK`); "stationcast" is
            the default.
        ask: Whether a candidate waits for an approval (`STATIONCAST_APPROVAL`, true or false);
            false is the default.
    """

    training: str
    in_use: str
    store: str = ""
    stack: str = "stationcast"
    ask: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "TrainingSettings":
        """Read the settings from environment variables.

        Raises:
            SettingsError: One is missing or malformed.
        """
        training = _required(environment, "STATIONCAST_TRAINING", "s3://bucket/training")
        in_use = _required(environment, "STATIONCAST_IN_USE", "s3://bucket/models/in-use")
        return cls(
            training=training.rstrip("/"),
            in_use=in_use.rstrip("/"),
            store=environment.get("STATIONCAST_STORE", "").strip(),
            stack=environment.get("STATIONCAST_STACK", "").strip() or "stationcast",
            ask=_is_true(environment, "STATIONCAST_APPROVAL"),
        )


def _required(environment: Mapping[str, str], name: str, example: str) -> str:
    text = environment.get(name, "").strip()
    if not text:
        raise SettingsError(name, f"is not set; an example is {example}")
    return text


def _codes(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    text = _required(environment, name, "temperature,pressure")
    try:
        return tuple(parameter(code.strip()).code for code in text.split(","))
    except UnknownParameterError as error:
        raise SettingsError(name, str(error)) from error


def _rate(environment: Mapping[str, str], name: str) -> float:
    text = environment.get(name, "").strip() or "0"
    try:
        rate = float(text)
    except ValueError as error:
        raise SettingsError(name, f"{text[:40]!r} is not a number") from error
    if not (rate >= 0 and math.isfinite(rate)):
        raise SettingsError(name, f"{text[:40]} is not a rate of at least 0; use 0 for no cap")
    return rate


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").strip() or "false"
    if text not in ("true", "false"):
        raise SettingsError(name, f"{text[:40]!r} is neither true nor false")
    return text == "true"


def _stations(environment: Mapping[str, str], name: str) -> Wanted:
    try:
        return wanted_in(_required(environment, name, "country=DE"))
    except ValueError as error:
        raise SettingsError(name, str(error)) from error
