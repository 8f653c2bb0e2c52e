"""The answers with forecasts of the nightly run.

They are sent as they are stored; tests hold them to
these models.
"""

from typing import Literal

from pydantic import Field

from api.schemas.base import (
    DayChances,
    Hours,
    Moment,
    ParameterCode,
    ResponseModel,
    SeriesName,
    StandIns,
    Thresholds,
)
from api.schemas.daily_responses import Daily
from api.schemas.problem_responses import ItemProblem
from api.schemas.run_responses import ForecastRun
from api.schemas.station_responses import ForecastStation
from forecasts.run import LEAD_HOURS


class Observed(ResponseModel):
    """The observations before a forecast."""

    time: list[Moment] = Field(
        description="The hours, oldest first, in the requested time zone. An hour is labelled by "
        "its end; the last one is the issue time of the run.",
        examples=[["2013-12-30T00:00:00Z"]],
    )
    units: dict[ParameterCode, str] = Field(
        description="Unit of each parameter.", examples=[{"temperature": "°C"}]
    )
    values: dict[ParameterCode, list[float | None]] = Field(
        description="The mean, sum or maximum of each hour, as `/v1/parameters` has it for the "
        "parameter; null for an hour without observations.",
        examples=[{"temperature": [3.9]}],
    )


class StationForecast(ResponseModel):
    """What every forecast of a station has."""

    station: ForecastStation = Field(description="The station.")
    run: ForecastRun = Field(description="The run.")
    source: Literal["precomputed", "realtime"] = Field(
        description="Where the values come from.", examples=["precomputed"]
    )
    time: list[Moment] = Field(
        description="Valid times of the values, in the requested time zone.",
        examples=[["2013-12-30T01:00:00Z"]],
        min_length=1,
        max_length=LEAD_HOURS,
    )
    units: dict[ParameterCode, str] = Field(
        description="Unit of each parameter.", examples=[{"temperature": "°C"}]
    )
    values: dict[ParameterCode, dict[SeriesName, Hours]] = Field(
        description="The values of each parameter and quantile, one for each time: the mean, sum "
        "or maximum of the hour, as `/v1/parameters` has it. p10 to p90 is an 80 % interval (of a "
        "direction the arc from p10 clockwise to p90), p50 "
        "is the median. Precipitation also has `chance`, if the model gives it: the chance of "
        "0.1 mm or more in the hour, from 0 to 1, whatever the requested quantiles are. With a "
        "threshold there is `above`: the chance of a value above it. 0.9 means 0.9 or more and 0.1 "
        "means 0.1 or less, as the quantiles say no more.",
        examples=[{"temperature": {"p10": [2.1], "p50": [3.6], "p90": [5.2]}}],
    )
    above: Thresholds = None
    chance_24h: DayChances = None
    models: StandIns = None
    missing: dict[ParameterCode, str] = Field(
        description="For each parameter without a forecast, the reason, such as "
        "`too_few_observations`, `source_late` (none in the last 12 hours) or `not_forecast_here`.",
        examples=[{"pressure": "too_few_observations"}],
    )


class ForecastResponse(StationForecast):
    """The forecast of one station."""

    observed: Observed | None = Field(
        None, description="The hours before the forecast, if the request has `observed`."
    )
    daily: Daily | None = Field(
        None, description="The forecast in terms of days, if the request has `daily=true`."
    )


class SummaryResponse(ResponseModel):
    """The forecast of one station in terms of days."""

    station: ForecastStation = Field(description="The station.")
    run: ForecastRun = Field(description="The run.")
    source: Literal["precomputed"] = Field(
        description="Where the values come from.", examples=["precomputed"]
    )
    units: dict[ParameterCode, str] = Field(
        description="Unit of each parameter.", examples=[{"temperature": "°C"}]
    )
    daily: Daily = Field(description="The forecast in terms of days.")
    models: StandIns = None
    missing: dict[ParameterCode, str] = Field(
        description="For each parameter without a forecast, the reason.",
        examples=[{"pressure": "too_few_observations"}],
    )


class FailedStation(ResponseModel):
    """A station without a forecast in a list."""

    id: str = Field(description="The id in the request.", examples=["JKF"])


class FailedForecast(ResponseModel):
    """An error in the place of a forecast."""

    station: FailedStation = Field(description="The station.")
    error: ItemProblem = Field(description="What went wrong.")


class ForecastsResponse(ResponseModel):
    """Forecasts of several stations, all from one run, in the order of the request."""

    items: list[ForecastResponse | FailedForecast] = Field(
        description="A forecast or an error for each station."
    )
    next: None = Field(description="Always null: there are no more pages.")


class NearbyForecast(ForecastResponse):
    """The forecast of a station near a place."""

    distance_km: float = Field(
        description="Distance from the place, in kilometres.", examples=[19.2]
    )


class NearbyFailure(FailedForecast):
    """An error in the place of the forecast of a station near a place."""

    distance_km: float = Field(
        description="Distance from the place, in kilometres.", examples=[19.2]
    )


class NearestForecastsResponse(ResponseModel):
    """Forecasts of the stations nearest to a place, all from one run, nearest first."""

    items: list[NearbyForecast | NearbyFailure] = Field(
        description="A forecast or an error for each station."
    )
    next: None = Field(description="Always null: there are no more pages.")
