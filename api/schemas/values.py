"""The types of the values in queries and bodies, and what refuses a bad one."""

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.errors import nearest
from api.schemas.cursor import Cursor
from forecasts.parameter import PARAMETERS
from forecasts.run import QUANTILES
from forecasts.station import is_timezone

#: A quantile may be named by its level, too.
LEVELS = {"0.1": "p10", "0.5": "p50", "0.9": "p90"}

#: The largest distance on the globe, rounded up, in kilometres.
HALF_WAY_ROUND_KM = 20_038

#: The most stations in one request.
MOST_STATIONS = 100


def refused(reason: str) -> PydanticCustomError:
    """Make the error that says why a value is not acceptable."""
    # The text goes in as data: as a template, a brace in it would be a placeholder.
    return PydanticCustomError("refused", "{reason}", {"reason": reason})


def _one_of(text: str, known: list[str], what: str) -> str:
    if text in known:
        return text
    meant = "".join(f"; did you mean {word!r}?" for word in nearest(text, known))
    raise refused(f"no {what} {text[:80]!r}{meant}")


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
    raise refused(f"{name[:80]!r} is neither UTC, station nor an IANA time zone{hint}")


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise refused(f"there is no day {text}") from error
    return text


def _cursor(text: str) -> str:
    try:
        Cursor.read(text)
    except ValueError as error:
        raise refused("not a cursor; take `next` of the previous page") from error
    return text


def _listed(values: Iterable[str]) -> list[str]:
    """Take values apart at their commas; spaces around a part are not part of it."""
    return [part.strip(" ") for value in values for part in value.split(",")]


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _in_order(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value for value in (*PARAMETERS, *QUANTILES) if value in values)


def _boxed(sides: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if sides[1] > sides[3]:
        raise refused("minLat is greater than maxLat; write minLon,minLat,maxLon,maxLat")
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
    WithJsonSchema({"type": "string", "enum": list(QUANTILES)}),
]
Codes = Annotated[
    tuple[Code, ...],
    Field(min_length=1, max_length=50),
    BeforeValidator(_listed),
    AfterValidator(_in_order),
]
Quantiles = Annotated[
    tuple[Quantile, ...],
    Field(min_length=1, max_length=6),
    BeforeValidator(_listed),
    AfterValidator(_in_order),
]
StationIds = Annotated[
    tuple[str, ...],
    Field(min_length=1, max_length=MOST_STATIONS),
    BeforeValidator(_listed),
    AfterValidator(_unique),
]
Place = Annotated[tuple[Latitude, Longitude], BeforeValidator(_listed)]
Sides = Annotated[
    tuple[Longitude, Latitude, Longitude, Latitude],
    BeforeValidator(_listed),
    AfterValidator(_boxed),
]
Country = Annotated[
    str,
    Field(pattern=r"^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2 code.", examples=["US"]),
    AfterValidator(str.upper),
]
RunOption = Annotated[
    str | None,
    Field(
        pattern=r"^[0-9]{8}T[0-9]{4}Z-[0-9]{1,4}$",
        description="Id of a run that was published. Default: the current run.",
        examples=["20131230T0000Z-1"],
    ),
]
Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
TimeZone = Annotated[str, AfterValidator(_zone)]
CursorText = Annotated[str, AfterValidator(_cursor)]
