"""The answers with forecasts from readings that the caller sends."""

from typing import Annotated, Literal

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
    Time,
)
from api.schemas.forecast_responses import StationForecast
from forecasts.run import LEAD_HOURS


class Degradation(ResponseModel):
    """Why an answer does not come entirely from the real-time model."""

    reason: str = Field(
        description="The reason, if all parameters have the same one, else `several`: "
        "`endpoint_off`, `endpoint_timeout`, `endpoint_unreachable`, `endpoint_error`, "
        "`endpoint_busy`, `circuit_open`, `bad_answer`, `model_missing`, `model_not_ready`, "
        "`no_history`, or the model's own reason for not forecasting a parameter.",
        examples=["endpoint_timeout"],
    )
    parameters: dict[ParameterCode, str] = Field(
        description="For each parameter that fell back to the nightly forecast, the reason.",
        examples=[{"temperature": "endpoint_timeout"}],
    )


class PlaceRealtime(ResponseModel):
    """The part of the real-time model in an answer."""

    issued_at: Time = Field(description="Issue time, UTC.", examples=["2013-12-30T06:00:00Z"])
    valid_until: Time = Field(
        description="Valid time of the last value, UTC.", examples=["2013-12-31T06:00:00Z"]
    )
    model: str = Field(
        description="Name of the model; several names are separated by commas.", examples=["depth5"]
    )
    variant: str | None = Field(
        description="Production variant that answered; null if the endpoint does not say.",
        examples=["depth5"],
    )


class StationRealtime(PlaceRealtime):
    """The part of the real-time model in the answer for a station."""

    observations: int = Field(description="Number of readings in the request.", examples=[1])


HoursOrNull = Annotated[list[float | None], Field(min_length=1, max_length=LEAD_HOURS)]


class IgnoredReading(ResponseModel):
    """A reading that had no effect on the answer."""

    name: str = Field(description="The field of the request.", examples=["observations.0.time"])
    reason: str = Field(
        description="Why it was ignored.",
        examples=["older than the 168 hours up to 2013-12-30T06:00:00Z"],
    )


class ContextForecastResponse(StationForecast):
    """The forecast of a station from fresh readings."""

    degraded: Degradation | None = Field(
        description="Null if every value comes from the real-time model."
    )
    realtime: StationRealtime | None = Field(
        description="Null if no value comes from the real-time model; `run` and `time` then "
        "describe the nightly forecast."
    )
    ignored: list[IgnoredReading] = Field(
        description="Readings from outside the 168 hours up to now; they had no effect."
    )
    values: dict[ParameterCode, dict[SeriesName, HoursOrNull]] = Field(  # type: ignore[assignment]
        description="As in the answer to a lookup. A parameter that fell back to the nightly "
        "forecast has null after the end of that forecast.",
        examples=[{"temperature": {"p10": [2.1], "p50": [3.6], "p90": [5.2]}}],
    )


class Place(ResponseModel):
    """A place without a station."""

    latitude: float = Field(
        description="Latitude in degrees north.", ge=-90, le=90, examples=[40.7]
    )
    longitude: float = Field(
        description="Longitude in degrees east.", ge=-180, le=180, examples=[-74.0]
    )
    elevation: float | None = Field(
        description="Elevation in metres above sea level.", examples=[10.0]
    )


class PlaceForecastResponse(ResponseModel):
    """The forecast of a place without a station."""

    place: Place = Field(description="The place, as it was sent.")
    source: Literal["realtime"] = Field(
        description="Where the values come from.", examples=["realtime"]
    )
    degraded: Degradation | None = Field(
        description="Null if the real-time model was asked about every parameter."
    )
    realtime: PlaceRealtime = Field(description="The part of the real-time model.")
    time: list[Moment] = Field(
        description="Valid times of the values, in the requested time zone.",
        examples=[["2013-12-30T07:00:00Z"]],
        min_length=1,
        max_length=LEAD_HOURS,
    )
    units: dict[ParameterCode, str] = Field(
        description="Unit of each parameter.", examples=[{"temperature": "°C"}]
    )
    values: dict[ParameterCode, dict[SeriesName, Hours]] = Field(
        description="The values of each parameter and quantile, one for each time; with a "
        "threshold also `above`, as in the answer to a lookup.",
        examples=[{"temperature": {"p10": [2.1], "p50": [3.6], "p90": [5.2]}}],
    )
    above: Thresholds = None
    chance_24h: DayChances = None
    models: StandIns = None
    missing: dict[ParameterCode, str] = Field(
        description="For each parameter without a forecast, the reason.",
        examples=[{"pressure": "too_few_observations"}],
    )
