"""The query parameters of each endpoint: small models put together."""

from difflib import get_close_matches
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from api.errors import nearest
from api.http.conditional import digest
from api.query import Query
from api.schemas.box import Box
from api.schemas.cursor import Cursor
from forecasts.parameter import PARAMETERS
from forecasts.run import HISTORY_HOURS, LEAD_HOURS, QUANTILES
from forecasts.station import is_timezone

#: A quantile may be asked for by its level, too.
LEVELS = {"0.1": "p10", "0.5": "p50", "0.9": "p90"}

#: The largest distance on the globe, rounded up, in kilometres.
HALF_WAY_ROUND_KM = 20_038

#: Most stations in one request for several.
MOST_STATIONS = 100


def _refused(reason: str) -> PydanticCustomError:
    # The text goes in as data: as a template, a brace in it would be a placeholder.
    return PydanticCustomError("refused", "{reason}", {"reason": reason})


def _one_of(text: str, known: list[str], what: str) -> str:
    if text in known:
        return text
    meant = "".join(f"; did you mean {word!r}?" for word in nearest(text, known))
    raise _refused(f"no {what} {text[:80]!r}{meant}")


def _code(text: str) -> str:
    return _one_of(text, list(PARAMETERS), "parameter")


def _quantile(text: str) -> str:
    return LEVELS.get(text) or _one_of(text, list(QUANTILES), "quantile")


def _zone(text: str) -> str:
    # A plus sign that was not escaped arrives as a space: Etc/GMT+5.
    name = text.replace(" ", "+")
    if name == "station" or is_timezone(name):
        return name
    meant = get_close_matches(name[:40], available_timezones(), n=1)
    hint = f"; did you mean {meant[0]!r}?" if meant else ""
    raise _refused(f"{name[:80]!r} is neither UTC, station nor an IANA time zone{hint}")


def _cursor(text: str) -> Cursor:
    try:
        return Cursor.read(text)
    except ValueError as error:
        raise _refused("not a cursor; take `next` of the page before") from error


def _listed(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _in_order(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value for value in (*PARAMETERS, *QUANTILES) if value in values)


def _boxed(sides: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if sides[1] > sides[3]:
        raise _refused("minLat is greater than maxLat; write minLon,minLat,maxLon,maxLat")
    return sides


Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]

Code = Annotated[
    str,
    AfterValidator(_code),
    WithJsonSchema({"type": "string", "enum": list(PARAMETERS)}),
]
Quantile = Annotated[
    str,
    AfterValidator(_quantile),
    WithJsonSchema({"type": "string", "enum": [*QUANTILES, *LEVELS]}),
]
Codes = Annotated[
    tuple[Code, ...], BeforeValidator(_listed), Field(max_length=50), AfterValidator(_in_order)
]
Quantiles = Annotated[
    tuple[Quantile, ...], BeforeValidator(_listed), Field(max_length=6), AfterValidator(_in_order)
]
StationIds = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed),
    Field(min_length=1, max_length=MOST_STATIONS),
    AfterValidator(_unique),
]
Place = Annotated[tuple[Latitude, Longitude], BeforeValidator(_listed)]
Sides = Annotated[
    tuple[Longitude, Latitude, Longitude, Latitude],
    BeforeValidator(_listed),
    AfterValidator(_boxed),
]
RunOption = Annotated[
    str | None,
    Field(
        pattern=r"^[0-9]{8}T[0-9]{4}Z-[0-9]{1,4}$",
        description="Id of a published run, to read that one. The published run, when left out.",
        examples=["20131230T0000Z-1"],
    ),
]
PageCursor = Annotated[Cursor, BeforeValidator(_cursor), WithJsonSchema({"type": "string"})]


class PartQuery(Query):
    """What of a forecast is wanted."""

    parameters: Codes = Field(
        (),
        description="Parameter codes, with commas. All that there are, when left out.",
        examples=[["temperature"]],
    )
    hours: int = Field(
        LEAD_HOURS,
        ge=1,
        le=LEAD_HOURS,
        description="How many hours, counted from the issue time.",
        examples=[6],
    )
    quantiles: Quantiles = Field(
        QUANTILES,
        description="Which quantiles: p10, p50, p90, or 0.1, 0.5, 0.9; with commas.",
        examples=[["p50"]],
    )
    tz: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC",
        description="Time zone of the times: UTC, `station` (the station's own) or an IANA name.",
        examples=["America/New_York"],
    )

    @property
    def takes_all(self) -> bool:
        """Whether all of each forecast is wanted, as it is stored."""
        fields = ("parameters", "hours", "quantiles", "tz")
        return all(getattr(self, f) == type(self).model_fields[f].default for f in fields)


class ForecastFilter(PartQuery):
    """What of a forecast is wanted, and of which run."""

    run: RunOption = None


class ContextQuery(PartQuery):
    """Of a forecast that depends on what the caller sends."""

    fallback: Literal["allow", "forbid"] = Field(
        "allow",
        description="Whether the nightly forecast may stand in for what the real-time model could "
        "not answer; with `forbid` that is a 503.",
        examples=["forbid"],
    )


class PlaceQuery(PartQuery):
    """Of a place without a station."""

    @field_validator("tz")
    @classmethod
    def _without_station(cls, value: str) -> str:
        if value == "station":
            raise _refused("there is no station here; give an IANA time zone")
        return value


class ForecastQuery(ForecastFilter):
    """Of one station."""

    format: Literal["json", "csv"] = Field(
        "json", description="`csv`: a row for each parameter and hour.", examples=["csv"]
    )
    observed: int = Field(
        0,
        ge=0,
        le=HISTORY_HOURS,
        description="So many hours of observations before the forecast; not with `format=csv`.",
        examples=[48],
    )

    @field_validator("observed")
    @classmethod
    def _without_csv(cls, value: int, info: ValidationInfo) -> int:
        if value and info.data.get("format") == "csv":
            raise _refused("not together with format=csv, which holds the forecast only")
        return value

    @property
    def is_plain(self) -> bool:
        """Whether the stored answer is wanted as it is."""
        return self.takes_all and self.format == "json" and not self.observed


class MapStationsQuery(Query):
    """All stations of a run."""

    run: RunOption = None


class MapForecastsQuery(Query):
    """One parameter at all stations of a run."""

    parameter: Code = Field(description="What to show.", examples=["temperature"])
    run: RunOption = None


class SeveralQuery(ForecastFilter):
    """Of several stations by id."""

    stations: StationIds = Field(
        description="1 to 100 station ids, with commas.", examples=[["JFK", "LGA"]]
    )


class NearestQuery(ForecastFilter):
    """Of the stations nearest to a place."""

    latitude: Latitude = Field(description="Degrees north.", examples=[40.7])
    longitude: Longitude = Field(description="Degrees east.", examples=[-74.0])
    n: int = Field(1, ge=1, le=50, description="How many stations.", examples=[3])
    max_km: float = Field(
        HALF_WAY_ROUND_KM,
        gt=0,
        le=HALF_WAY_ROUND_KM,
        description="No station farther than this, in kilometres.",
        examples=[50],
    )


class StationsQuery(Query):
    """A search for stations."""

    q: str = Field(
        "",
        max_length=100,
        description="Words that are all in the id or the name; case and accents do not count.",
        examples=["kennedy"],
    )
    country: Annotated[str, AfterValidator(str.upper)] = Field(
        "", pattern=r"^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2 code.", examples=["US"]
    )
    parameter: Code = Field(
        "", description="A parameter that is forecast at the station.", examples=["temperature"]
    )
    near: Place | None = Field(
        None,
        description="latitude,longitude: nearest first, with the distance. Not with `bbox`.",
        examples=[[40.7, -74.0]],
    )
    bbox: Sides | None = Field(
        None,
        description="minLon,minLat,maxLon,maxLat in degrees; minLon is greater than maxLon where "
        "the box crosses the date line. Not with `near`.",
        examples=[[-75, 40, -73, 41]],
    )
    max_km: float = Field(
        HALF_WAY_ROUND_KM,
        gt=0,
        le=HALF_WAY_ROUND_KM,
        description="With `near`: no station farther than this, in kilometres.",
        examples=[50],
    )
    limit: int = Field(100, ge=1, le=1000, description="Most stations in one page.", examples=[10])
    cursor: PageCursor | None = Field(
        None,
        description="`next` of the page before; ask for the same things with it.",
        examples=["MjAxMzEyMzBUMDAwMFotMS4xMC4wMTIzNDU2Nzg5YWJjZGVm"],
    )
    format: Literal["json", "geojson", "csv"] = Field(
        "json",
        description="`csv` and `geojson` as files; the next page stands in the header `Link`, too.",
        examples=["geojson"],
    )

    @field_validator("bbox")
    @classmethod
    def _without_near(cls, value: object, info: ValidationInfo) -> object:
        if info.data.get("near"):
            raise _refused("not together with near; give one of them")
        return value

    @field_validator("max_km")
    @classmethod
    def _with_near(cls, value: object, info: ValidationInfo) -> object:
        if not info.data.get("near", True):
            raise _refused("only together with near")
        return value

    @property
    def box(self) -> Box | None:
        """The box of `bbox`."""
        return Box(*self.bbox) if self.bbox else None

    @property
    def asked(self) -> str:
        """Digest of the list that is asked for; the same on each of its pages."""
        return digest(self.model_dump_json(exclude={"cursor", "limit", "format"}))
