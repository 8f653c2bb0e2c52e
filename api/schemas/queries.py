"""The query parameters of each endpoint: small models put together."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from api.schemas.box import Box
from api.schemas.cursor import Cursor
from api.schemas.digest import digest
from api.schemas.values import (
    HALF_WAY_ROUND_KM,
    Code,
    Codes,
    Country,
    CursorText,
    Day,
    Latitude,
    Longitude,
    Place,
    Quantiles,
    RunOption,
    Sides,
    StationIds,
    TimeZone,
    refused,
)
from forecasts.missing import MissingStation
from forecasts.run import HISTORY_HOURS, LEAD_HOURS, QUANTILES


class Query(BaseModel):
    """The base of all queries, and the query of an endpoint that takes no parameter."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, extra="forbid")

    def key(self) -> str:
        """Write the query, the same for every way to ask the same of one run."""
        return self.model_dump_json(exclude={"run"}, exclude_defaults=True)


class PagedQuery(Query):
    """The query of a list of stations that has pages."""

    limit: int = Field(
        100, ge=1, le=1000, description="Number of stations in a page.", examples=[10]
    )
    cursor: CursorText | None = Field(
        None,
        description="`next` of the previous page; repeat the other parameters with it.",
        examples=["MjAxMzEyMzBUMDAwMFotMS4xMC4wMTIzNDU2Nzg5YWJjZGVm"],
    )

    @property
    def start(self) -> Cursor | None:
        """Where the page begins; None for the first page."""
        return Cursor.read(self.cursor) if self.cursor else None

    @property
    def asked(self) -> str:
        """Digest of the search; the same on each of its pages."""
        return digest(self.model_dump_json(exclude={"cursor", "limit", "format"}))


class PartQuery(Query):
    """Which part of a forecast to return."""

    parameters: Codes = Field(
        (),
        description="Parameter codes, separated by commas. Default: all.",
        examples=[["temperature"]],
    )
    hours: int = Field(
        LEAD_HOURS,
        ge=1,
        le=LEAD_HOURS,
        description="Number of hours, counted from the issue time.",
        examples=[6],
    )
    quantiles: Quantiles = Field(
        QUANTILES,
        description="Quantiles, separated by commas: p10, p50, p90, or 0.1, 0.5, 0.9.",
        examples=[["p50"]],
    )
    tz: TimeZone = Field(
        "UTC",
        description="Time zone of the times: UTC, `station` (the station's own) or an IANA name.",
        examples=["America/New_York"],
    )

    @property
    def takes_all(self) -> bool:
        """Whether the whole forecast is wanted, as it is stored."""
        fields = ("parameters", "hours", "quantiles", "tz")
        return all(getattr(self, f) == type(self).model_fields[f].default for f in fields)


class ForecastFilter(PartQuery):
    """Which part of a forecast to return, and of which run."""

    run: RunOption = None


class ContextQuery(PartQuery):
    """The query of a forecast from fresh readings."""

    fallback: Literal["allow", "forbid"] = Field(
        "allow",
        description="Whether the nightly forecast may replace what the real-time model could not "
        "answer. With `forbid`, the answer is a 503 instead.",
        examples=["forbid"],
    )


class PlaceQuery(PartQuery):
    """The query of a forecast for a place without a station."""

    @field_validator("tz")
    @classmethod
    def _without_station(cls, value: str) -> str:
        if value == "station":
            raise refused("there is no station here; give an IANA time zone")
        return value


class ForecastQuery(ForecastFilter):
    """The query of a station's forecast."""

    format: Literal["json", "csv"] = Field(
        "json", description="`csv` has a row for each parameter and hour.", examples=["csv"]
    )
    observed: int = Field(
        0,
        ge=0,
        le=HISTORY_HOURS,
        description="Number of hours of observations to return before the forecast. Not available "
        "with `format=csv`.",
        examples=[48],
    )

    @field_validator("observed")
    @classmethod
    def _without_csv(cls, value: int, info: ValidationInfo) -> int:
        if value and info.data.get("format") == "csv":
            raise refused("not available with format=csv, which has the forecast only")
        return value

    @property
    def is_plain(self) -> bool:
        """Whether the stored answer can be sent as it is."""
        return self.takes_all and self.format == "json" and not self.observed


class MapStationsQuery(Query):
    """The query of all stations of a run."""

    run: RunOption = None


class MapForecastsQuery(Query):
    """The query of one parameter at all stations of a run."""

    parameter: Code = Field(description="Parameter code.", examples=["temperature"])
    run: RunOption = None


class MapVerificationQuery(MapForecastsQuery):
    """The query of how well all stations of a run were forecast."""

    format: Literal["json", "csv"] = Field(
        "json", description="`csv` has a row for each station.", examples=["csv"]
    )


class SeveralQuery(ForecastFilter):
    """The query of several stations."""

    stations: StationIds = Field(
        description="1 to 100 station ids, separated by commas.", examples=[["JFK", "LGA"]]
    )


class NearestQuery(ForecastFilter):
    """The query of the stations nearest to a place."""

    latitude: Latitude = Field(description="Latitude in degrees north.", examples=[40.7])
    longitude: Longitude = Field(description="Longitude in degrees east.", examples=[-74.0])
    n: int = Field(1, ge=1, le=50, description="Number of stations.", examples=[3])
    max_km: float = Field(
        HALF_WAY_ROUND_KM,
        gt=0,
        le=HALF_WAY_ROUND_KM,
        description="Largest distance, in kilometres.",
        examples=[50],
    )


class StationsQuery(PagedQuery):
    """The query of a search for stations."""

    q: str = Field(
        "",
        max_length=100,
        description="Words to find in id and name; all must occur. Case and accents are ignored.",
        examples=["kennedy"],
    )
    country: Country = ""
    parameter: Code = Field(
        "", description="A parameter that the station has a forecast of.", examples=["temperature"]
    )
    near: Place | None = Field(
        None,
        description="latitude,longitude: lists the nearest stations first, with their distance. "
        "Not available with `bbox`.",
        examples=[[40.7, -74.0]],
    )
    bbox: Sides | None = Field(
        None,
        description="minLon,minLat,maxLon,maxLat in degrees. If the box crosses the date line, "
        "minLon is greater than maxLon. Not available with `near`.",
        examples=[[-75, 40, -73, 41]],
    )
    max_km: float = Field(
        HALF_WAY_ROUND_KM,
        gt=0,
        le=HALF_WAY_ROUND_KM,
        description="With `near`: largest distance, in kilometres.",
        examples=[50],
    )
    format: Literal["json", "geojson", "csv"] = Field(
        "json",
        description="The header `Link` names the next page in every format.",
        examples=["geojson"],
    )

    @field_validator("bbox")
    @classmethod
    def _without_near(cls, value: object, info: ValidationInfo) -> object:
        if info.data.get("near"):
            raise refused("not available with near; give one of them")
        return value

    @field_validator("max_km")
    @classmethod
    def _with_near(cls, value: float, info: ValidationInfo) -> float:
        # Generated clients send the default, too.
        if value != HALF_WAY_ROUND_KM and not info.data.get("near", True):
            raise refused("only available with near")
        return value

    @property
    def box(self) -> Box | None:
        """The box of `bbox`."""
        return Box(*self.bbox) if self.bbox else None


class MissingQuery(PagedQuery):
    """The query of the stations without a forecast."""

    reason: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_]{1,64}$",
        description="Only stations that lack a forecast for this reason; `reasons` of the answer "
        "lists all codes.",
        examples=["too_few_observations"],
    )
    forecast: Literal["none", "partial"] | None = Field(
        None,
        description="`none`: only stations without any forecast. `partial`: only stations that "
        "have a forecast of other parameters.",
        examples=["none"],
    )
    format: Literal["json", "csv"] = Field(
        "json", description="`csv` has a row for each station and parameter.", examples=["csv"]
    )

    def takes(self, station: MissingStation) -> bool:
        """Tell whether a station is wanted."""
        reasons = ("", *station.missing.values())
        return self.reason in reasons and self.forecast in (None, station.forecast)


class RunsQuery(Query):
    """The query of the list of runs."""

    issued_on: Day | None = Field(
        None,
        description="Only runs whose issue time is on this day, UTC. Default: all.",
        examples=["2013-12-30"],
    )


class VerificationQuery(Query):
    """The query of how forecasts came true."""

    days: int = Field(
        30,
        ge=1,
        le=30,
        description="Runs of this many days before the issue time of the published run count.",
        examples=[7],
    )
    format: Literal["json", "csv"] = Field(
        "json",
        description="`csv` has a row for each parameter, and for each of its groups of lead times.",
        examples=["csv"],
    )


class NetworkVerificationQuery(VerificationQuery):
    """The query of how forecasts of all stations came true."""

    parameter: Code = Field("", description="Parameter code. Default: all.", examples=["o3"])
    country: Country = ""
    lead: Literal["1-6", "7-12", "13-18", "19-24"] | None = Field(
        None,
        description="Group of lead times, in hours after the issue time. Default: all.",
        examples=["1-6"],
    )
