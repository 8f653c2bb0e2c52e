"""The base of all answers, and the types they share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


#: A time that `timeformat` applies to.
Moment = Annotated[
    str | int,
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]}),
]


ParameterCode = Annotated[str, WithJsonSchema({"type": "string", "enum": list(PARAMETERS)})]


SeriesName = Literal["p10", "p50", "p90", "chance", "above"]


Chance = Annotated[float, Field(ge=0, le=1)]


Hours = Annotated[list[float], Field(min_length=1, max_length=LEAD_HOURS)]


Thresholds = Annotated[
    dict[ParameterCode, float] | None,
    Field(
        description="The threshold that `above` of the values is about, in the requested units; "
        "not there if the request has none.",
        examples=[{"temperature": 35}],
    ),
]


DayChances = Annotated[
    dict[ParameterCode, Chance] | None,
    Field(
        description="The chance that at least one of the 24 hours has 0.1 mm or more; only of "
        "precipitation, and not there if the model gives no chances.",
        examples=[{"precipitation": 0.63}],
    ),
]


StandIns = Annotated[
    dict[ParameterCode, str] | None,
    Field(
        description="What forecast a parameter, if it was not the model: `reference` is a blend of "
        "the newest value and the mean of the same hour over seven days, for a station that is far "
        "from what the model learned on. Not there if the model forecast everything.",
        examples=[{"temperature": "reference"}],
    ),
]


class ResponseModel(BaseModel):
    """The base of all answers."""

    # Built when first used: a lookup, which most processes answer first, needs none of them.
    model_config = ConfigDict(frozen=True, defer_build=True)

    def to_bytes(self) -> bytes:
        """Write the answer as compact JSON, UTF-8."""
        return self.model_dump_json().encode()
