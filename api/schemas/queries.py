"""The query parameters of each endpoint: small models put together."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from api.schemas.box import Box
from api.schemas.coordinates import coordinates_of
from api.schemas.cursor import Cursor
from api.schemas.digest import digest
from api.schemas.values import (
    HALF_WAY_ROUND_KM,
    Code,
    Country,
    CursorText,
    Day,
    Place,
    RunOption,
    Sides,
    refused,
)
from forecasts.downloads import Kind
from forecasts.missing import MissingStation


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


class StationsQuery(PagedQuery):
    """The query of a search for stations."""

    q: str = Field(
        "",
        max_length=100,
        description="An id, an airport's code, words of a name, a town, a country or coordinates. "
        "The best match comes first. Case and accents are ignored, and if nothing matches, so are "
        "typing errors.",
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

    @field_validator("q")
    @classmethod
    def _exists(cls, value: str) -> str:
        try:
            coordinates_of(value)
        except ValueError as error:
            raise refused(str(error)) from error
        return value

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
    def place(self) -> tuple[float, float] | None:
        """Where the nearest stations are wanted: latitude and longitude of `near`, or of `q`."""
        return self.near or coordinates_of(self.q)

    @property
    def names_nothing(self) -> bool:
        """Whether `q` is coordinates or empty, so that every station matches it."""
        return not self.q.strip() or coordinates_of(self.q) is not None

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


class DownloadQuery(Query):
    """The query of a file of a whole run."""

    of: Kind = Field(
        "forecasts",
        description="`forecasts`: a row for each station and hour. `verification`: how well "
        "stations were forecast in about the 30 days before, a row for each station and parameter.",
        examples=["forecasts"],
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
