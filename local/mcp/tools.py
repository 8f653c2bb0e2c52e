"""The tools: find stations, forecasts, forecasts from readings, verification, status.

Docstrings and descriptions of arguments are what an agent reads before it chooses a tool.
"""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, Field, FiniteFloat

from forecasts.run import LEAD_HOURS
from forecasts.station import STATION_ID
from local.mcp.answers import Forecast, FoundStations, Status, Verification, WhatIfForecast
from local.mcp.api import Api

StationId = Annotated[str, Field(description="Station id, as find_stations gives it.")]
Codes = Annotated[
    list[str],
    Field(description="Parameter codes, such as temperature or pm25. Empty: all of the station."),
]
Hours = Annotated[int, Field(ge=1, le=LEAD_HOURS, description="Hours from the issue time on.")]
Units = Annotated[
    Literal["metric", "us"], Field(description="us: °F, mph, inHg, miles and inches.")
]
Days = Annotated[int, Field(ge=1, le=30, description="Nights of this many days count.")]


class Reading(BaseModel):
    """A reading of the station that is newer than the nightly run."""

    parameter: str = Field(description="Parameter code.")
    time: str = Field(description="RFC 3339 with a zone, such as 2026-11-29T05:10:00Z.")
    value: FiniteFloat
    unit: str | None = Field(None, description="Such as °F. Default: the parameter's own unit.")


class Tools:
    """The tools over an API."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def find_stations(
        self,
        query: Annotated[
            str,
            Field(
                description="A station id, an airport code, a name, a town, a country, or "
                "coordinates such as 40.7,-73.9. Typing errors are forgiven."
            ),
        ],
        parameter: Annotated[str, Field(description="Only stations that forecast it.")] = "",
        limit: Annotated[int, Field(ge=1, le=50)] = 5,
    ) -> Annotated[CallToolResult, FoundStations]:
        """Find weather and air-quality stations, the best match or the nearest first.

        The ids of stations are what all other tools ask for.
        """
        asked = {"q": query, "parameter": parameter, "limit": limit}
        return _result(await self._api.ask(FoundStations, "/v1/stations", asked))

    async def get_forecast(
        self,
        station_id: StationId,
        parameters: Codes = [],  # noqa: B006 -- shown as the default, and never changed
        hours: Hours = LEAD_HOURS,
        units: Units = "metric",
        above: Annotated[
            float | None,
            Field(
                description="A threshold in these units: adds the chance of a value above it to "
                "each hour. Needs exactly one parameter."
            ),
        ] = None,
    ) -> Annotated[CallToolResult, Forecast]:
        """Get the hourly forecast of a station for the 24 hours after the nightly run.

        p50 is the median; p10 to p90 holds the value in 8 of 10 cases. Times are the station's
        local ones, and each hour is named by its end. Tell the reader `run.notice` if there is one.
        """
        query = _shown(parameters, hours, units) | {"above": above}
        return _result(await self._api.ask(Forecast, _forecast_of(station_id), query))

    async def what_if(
        self,
        station_id: StationId,
        readings: list[Reading],
        parameters: Codes = [],  # noqa: B006 -- shown as the default, and never changed
        hours: Hours = LEAD_HOURS,
        units: Units = "metric",
    ) -> Annotated[CallToolResult, WhatIfForecast]:
        """Forecast a station again in real time, from its history and readings of your own.

        Answers "what if it measured this now?"; nothing is stored. The 24 hours begin at the full
        hour after the newest reading. `ignored` lists readings without effect, with the reason.
        """
        body = {"observations": [each.model_dump(exclude_none=True) for each in readings]}
        query = _shown(parameters, hours, units)
        path = _forecast_of(station_id)
        return _result(await self._api.ask(WhatIfForecast, path, query, body))

    async def get_verification(
        self,
        station_id: Annotated[
            str, Field(description="Station id. Empty: all stations together.")
        ] = "",
        days: Days = 30,
    ) -> Annotated[CallToolResult, Verification]:
        """Find out how good the forecasts of the last days were, against what was measured.

        mae and bias are those of p50, in the parameter's unit. coverage is the share of values
        within p10 and p90 (0.8 is right). skill is 1 - mae / the error of the best simple guess.
        """
        path = f"{_path_of(station_id)}/verification" if station_id else "/v1/verification"
        return _result(await self._api.ask(Verification, path, {"days": days}))

    async def get_status(self) -> Annotated[CallToolResult, Status]:
        """Find out whether the forecasts are fresh, and which run is published."""
        return _result(await self._api.ask(Status, "/v1/status", {}))


def _path_of(station_id: str) -> str:
    if not STATION_ID.fullmatch(station_id):
        raise ToolError(f"{station_id!r} is not a station id; find_stations finds ids by name.")
    return f"/v1/stations/{station_id}"


def _forecast_of(station_id: str) -> str:
    return f"{_path_of(station_id)}/forecast"


def _shown(parameters: list[str], hours: int, units: str) -> dict[str, Any]:
    return {"parameters": parameters, "hours": hours, "units": units, "tz": "station"}


def _result(answer: BaseModel) -> CallToolResult:
    """Return an answer as structured content, and as text that wastes no tokens on white space."""
    return CallToolResult(
        content=[TextContent(type="text", text=answer.model_dump_json(exclude_none=True))],
        structured_content=answer.model_dump(mode="json", exclude_none=True),
    )
