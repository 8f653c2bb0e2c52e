"""The answers for a map, field by field; `api.reading.map_bodies` makes them."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import Hours, ParameterCode, ResponseModel, Time
from api.schemas.run_responses import ForecastRun
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
