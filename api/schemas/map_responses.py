"""The answers for a map, field by field; they are sent as `api.routes.maps` writes them."""

from typing import Annotated

from pydantic import Field

from api.schemas.responses import Answer, Hours, ParameterCode, RunOfForecast, Time
from forecasts.run import LEAD_HOURS


class MapColumns(Answer):
    """Stations in columns: what stands at one place of each column belongs together."""

    id: list[str] = Field(description="Ids.", examples=[["JFK"]])
    name: list[str] = Field(description="Names, for people.", examples=[["John F Kennedy Intl"]])
    country: list[str] = Field(description="ISO 3166-1 alpha-2 codes, or empty.", examples=[["US"]])
    latitude: list[Annotated[float, Field(ge=-90, le=90)]] = Field(
        description="Degrees north, to 4 decimals.", examples=[[40.6398]]
    )
    longitude: list[Annotated[float, Field(ge=-180, le=180)]] = Field(
        description="Degrees east, to 4 decimals.", examples=[[-73.7789]]
    )


class MapStationsAnswer(Answer):
    """All stations of a run."""

    run: RunOfForecast = Field(description="The run.")
    parameters: list[ParameterCode] = Field(
        description="Codes that the run forecasts.", examples=[["temperature"]]
    )
    stations: MapColumns = Field(description="The stations, in the order of the run.")


class MapForecastsAnswer(Answer):
    """The medians of one parameter at all stations of a run."""

    run: RunOfForecast = Field(description="The run.")
    parameter: ParameterCode = Field(description="The parameter.", examples=["temperature"])
    unit: str = Field(description="Unit of the values.", examples=["°C"])
    time: list[Time] = Field(
        description="Valid times of the values, UTC.",
        examples=[["2013-12-30T01:00:00Z"]],
        min_length=LEAD_HOURS,
        max_length=LEAD_HOURS,
    )
    p50: list[Hours | None] = Field(
        description="For each station, in the order of `/v1/map/stations`: the median at each "
        "time; null where the parameter has no forecast.",
        examples=[[[3.6, 3.4], None]],
    )
