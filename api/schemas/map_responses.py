"""The answers for a map, field by field; `api.reading.map_bodies` makes them."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import Hours, ParameterCode, ResponseModel, Time
from api.schemas.run_responses import ForecastRun
from api.schemas.verification_responses import Reference
from forecasts.run import LEAD_HOURS


class MapColumns(ResponseModel):
    """Stations in columns: the first entries of all columns are the first station."""

    id: list[str] = Field(description="Ids of the stations.", examples=[["JFK"]])
    name: list[str] = Field(
        description="Names of the stations.", examples=[["John F Kennedy Intl"]]
    )
    country: list[str] = Field(description="ISO 3166-1 alpha-2 codes, or empty.", examples=[["US"]])
    latitude: list[Annotated[float, Field(ge=-90, le=90)]] = Field(
        description="Latitudes in degrees north, to 4 decimals.", examples=[[40.6398]]
    )
    longitude: list[Annotated[float, Field(ge=-180, le=180)]] = Field(
        description="Longitudes in degrees east, to 4 decimals.", examples=[[-73.7789]]
    )


class MapStationsResponse(ResponseModel):
    """All stations of a run."""

    run: ForecastRun = Field(description="The run.")
    parameters: list[ParameterCode] = Field(
        description="Codes of the parameters that the run forecasts.", examples=[["temperature"]]
    )
    stations: MapColumns = Field(description="The stations, in the order of the run.")


class MapForecastsResponse(ResponseModel):
    """The medians of one parameter at all stations of a run."""

    run: ForecastRun = Field(description="The run.")
    parameter: ParameterCode = Field(description="The parameter.", examples=["temperature"])
    unit: str = Field(description="Unit of the values.", examples=["°C"])
    time: list[Time] = Field(
        description="Valid times of the values, UTC.",
        examples=[["2013-12-30T01:00:00Z"]],
        min_length=LEAD_HOURS,
        max_length=LEAD_HOURS,
    )
    p50: list[Hours | None] = Field(
        description="The medians of each station, one for each time, in the order of "
        "`/v1/map/stations`; null for a station without a forecast of the parameter.",
        examples=[[[3.6, 3.4], None]],
    )


class MapVerificationResponse(ResponseModel):
    """How well all stations of a run were forecast."""

    run: ForecastRun = Field(description="The run.")
    parameter: ParameterCode = Field(description="The parameter.", examples=["temperature"])
    days: int = Field(
        description="Each day counts for 1/30 less than the day after it, so that about this many "
        "days count.",
        examples=[30],
    )
    as_of: Time | None = Field(
        description="When observations were last read, UTC; null if no run was verified yet.",
        examples=["2013-12-30T00:00:00Z"],
    )
    reference: Reference | None = Field(
        description="The best forecast that needs no model, at all stations together; null if no "
        "run was verified yet.",
        examples=["week"],
    )
    hours: list[Annotated[int, Field(ge=0)]] = Field(
        description="For each station, in the order of `/v1/map/stations`, how many hours were "
        "compared.",
        examples=[[684, 48]],
    )
    coverage: list[Annotated[float, Field(ge=0, le=1)] | None] = Field(
        description="For each station, the share of its observations within p10 and p90; 0.8 is "
        "right. Null with fewer than 100 hours.",
        examples=[[0.78, None]],
    )
    skill: list[float | None] = Field(
        description="For each station, 1 - the mean absolute error of p50 / that of `reference`. "
        "Below 0, the forecast is worse. Null with fewer than 100 hours, and if the reference has "
        "no error.",
        examples=[[0.33, None]],
    )
