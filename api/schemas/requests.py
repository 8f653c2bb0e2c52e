"""The bodies of requests: what callers send, and reading it."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from api.errors import BodyError, BodyTooLargeError, InvalidError, Refusal
from api.schemas.queries import Code, Latitude, Longitude
from forecasts.parameter import PARAMETERS
from forecasts.run import HISTORY_HOURS
from forecasts.times import from_text

#: A week of hourly readings of every parameter, and some.
MOST_OBSERVATIONS = 2_600
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
        defer_build=True,
        hide_input_in_errors=True,
    )


class Observation(Body):
    """One fresh reading."""

    parameter: Code = Field(description="What was measured.", examples=["temperature"])
    time: Time = Field(
        description="When, RFC 3339 with a zone: of the 168 hours up to now.",
        examples=["2013-12-30T05:10:00Z"],
    )
    value: Value = Field(description="What was read.", examples=[4.1])
    unit: str | None = Field(
        None,
        max_length=20,
        description="Of the value; the unit of the parameter, when left out.",
        examples=["°F"],
    )


class ObservationsBody(Body):
    """Fresh readings of a station."""

    observations: list[Observation] = Field(
        description="None to ask the real-time model about the run's own history.",
        max_length=MOST_OBSERVATIONS,
    )


class PlaceBody(Body):
    """A place without a station, and what was measured there."""

    latitude: Latitude = Field(description="Degrees north.", examples=[40.7], strict=True)
    longitude: Longitude = Field(description="Degrees east.", examples=[-74.0], strict=True)
    elevation: Elevation | None = Field(
        None, description="Metres above sea level.", examples=[10.0]
    )
    issue_time: Time | None = Field(
        None,
        description="A whole hour: the label of the last value of every history. The last full "
        "hour, when left out.",
        examples=["2013-12-30T05:00:00Z"],
    )
    history: dict[
        Code,
        Annotated[list[Value | None], Field(min_length=LEAST_HOURS, max_length=HISTORY_HOURS)],
    ] = Field(
        description="By parameter code: 24 to 168 hourly means, oldest first, null for none.",
        min_length=1,
        max_length=len(PARAMETERS),
        examples=[{"temperature": [4.1] * LEAST_HOURS}],
    )
    units: dict[Code, Annotated[str, Field(max_length=20)]] = Field(
        {},
        description="By parameter code: unit of the history, where it is not the parameter's.",
        examples=[{"temperature": "°F"}],
    )


B = TypeVar("B", bound=Body)


async def read_body(request: Request, model: type[B]) -> B:
    """Read the body of *request* as *model*, whatever its content type says.

    Raises:
        BodyTooLargeError: It is longer than `MOST_BYTES`; the rest was not read.
        BodyError: It is not a JSON object.
        InvalidError: A field is missing, unknown or not acceptable.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise BodyTooLargeError(MOST_BYTES)
    try:
        return model.model_validate_json(bytes(body))
    except ValidationError as error:
        raise _refused(error) from error


def _refused(error: ValidationError) -> BodyError | InvalidError:
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    if not errors[0]["loc"]:
        return BodyError(f"the body is not a JSON object: {errors[0]['msg']}")
    return InvalidError(
        *(Refusal("body", ".".join(map(str, each["loc"])), each["msg"]) for each in errors)
    )
