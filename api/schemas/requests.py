"""The bodies of requests."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.schemas.values import Code, Latitude, Longitude
from forecasts.parameter import PARAMETERS
from forecasts.run import HISTORY_HOURS
from forecasts.times import from_text

#: A week of hourly readings of every parameter, and some.
MOST_OBSERVATIONS = 2_600

#: Size of a request's body; what is longer is refused.
MOST_BYTES = 512 * 1024

#: Values of a parameter below which the model never forecasts it.
LEAST_HOURS = 24


def _time(text: str) -> str:
    try:
        from_text(text)
    except (ValueError, OverflowError) as error:
        reason = "not an RFC 3339 time with a zone, such as 2013-12-30T05:10:00Z"
        raise PydanticCustomError("time", "{reason}", {"reason": reason}) from error
    return text


Time = Annotated[
    str,
    Field(max_length=40),
    AfterValidator(_time),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Value = Annotated[float, Field(strict=True)]
Elevation = Annotated[float, Field(strict=True, ge=-500, le=9_000)]


class Body(BaseModel):
    """The base of all bodies."""

    model_config = ConfigDict(
        frozen=True,
        allow_inf_nan=False,
        extra="forbid",
        hide_input_in_errors=True,
    )


class Observation(Body):
    """One fresh reading."""

    parameter: Code = Field(description="Parameter code.", examples=["temperature"])
    time: Time = Field(
        description="Time of the reading, RFC 3339 with a zone. Readings from outside the 168 "
        "hours up to now are ignored, and the answer lists them.",
        examples=["2013-12-30T05:10:00Z"],
    )
    value: Value = Field(description="Measured value.", examples=[4.1])
    unit: str | None = Field(
        None,
        max_length=20,
        description="Unit of the value. Default: the parameter's unit.",
        examples=["°F"],
    )


class ObservationsBody(Body):
    """Fresh readings of a station."""

    observations: list[Observation] = Field(
        description="May be empty: the real-time model then forecasts from the run's own history.",
        max_length=MOST_OBSERVATIONS,
    )


class PlaceBody(Body):
    """A place without a station, and what was measured there."""

    latitude: Latitude = Field(
        description="Latitude in degrees north.", examples=[40.7], strict=True
    )
    longitude: Longitude = Field(
        description="Longitude in degrees east.", examples=[-74.0], strict=True
    )
    elevation: Elevation | None = Field(
        None, description="Elevation in metres above sea level.", examples=[10.0]
    )
    issue_time: Time | None = Field(
        None,
        description="Full hour at which every history ends. Default: the last full hour.",
        examples=["2013-12-30T05:00:00Z"],
    )
    history: dict[
        Code,
        Annotated[list[Value | None], Field(min_length=LEAST_HOURS, max_length=HISTORY_HOURS)],
    ] = Field(
        description="24 to 168 values for each parameter code, oldest first: the mean, sum or "
        "maximum of an hour, as `/v1/parameters` has it. Null stands for a missing hour.",
        min_length=1,
        max_length=len(PARAMETERS),
        examples=[{"temperature": [4.1] * LEAST_HOURS}],
    )
    units: dict[Code, Annotated[str, Field(max_length=20)]] = Field(
        {},
        description="Units of the histories that are not in the parameter's own unit, by code.",
        examples=[{"temperature": "°F"}],
    )
