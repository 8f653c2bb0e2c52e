"""What the tools answer: the API's answers, cut down to what an agent needs."""

from typing import Any

from pydantic import BaseModel


class Station(BaseModel):
    """A station."""

    id: str
    name: str
    country: str
    latitude: float
    longitude: float
    timezone: str
    attribution: str | None = None
    licence: str | None = None


class FoundStation(Station):
    """A station that a search found; `distance_km` is from the town or the coordinates."""

    parameters: list[str]
    distance_km: float | None = None
    place: str | None = None


class FoundStations(BaseModel):
    """Stations, the best match first; or, if nothing matches, what to search for instead."""

    items: list[FoundStation]
    suggestions: list[str] | None = None


class Run(BaseModel):
    """The nightly run; `notice` says what readers must be told, such as that it is a demo."""

    id: str
    issued_at: str
    valid_until: str
    next_expected_at: str
    model: str
    notice: str | None = None


class Forecast(BaseModel):
    """Hourly values by parameter and quantile, one for each entry of `time` (local time)."""

    station: Station
    run: Run
    source: str
    time: list[str]
    units: dict[str, str]
    values: dict[str, dict[str, list[float | None]]]
    above: dict[str, float] | None = None
    chance_24h: dict[str, float] | None = None
    models: dict[str, str] | None = None
    missing: dict[str, str]


class WhatIfForecast(Forecast):
    """A forecast from readings; `degraded` says why values are still those of the night."""

    degraded: dict[str, Any] | None = None
    realtime: dict[str, Any] | None = None
    ignored: list[dict[str, str]]


class Scores(BaseModel):
    """How good forecasts were, in the parameter's unit; `reason` if too few hours are known."""

    unit: str
    hours: int
    mae: float | None = None
    bias: float | None = None
    coverage: float | None = None
    reference: str | None = None
    skill: float | None = None
    brier_skill: float | None = None
    reason: str | None = None


class Verification(BaseModel):
    """How the forecasts of the last days came true, by parameter."""

    station: Station | None = None
    days: int
    runs: int
    first_issued_at: str | None = None
    last_issued_at: str | None = None
    parameters: dict[str, Scores]


class PublishedRun(Run):
    """The published run, and how much it has."""

    parameters: list[str]
    stations: int
    published_at: str | None = None


class Status(BaseModel):
    """How fresh the forecasts are: `ok`, `late`, or `none` before the first run."""

    state: str
    run: PublishedRun | None = None
    age_seconds: int | None = None
    sources: list[dict[str, Any]]
