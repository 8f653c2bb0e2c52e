"""The base of all answers, and the types they share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


ParameterCode = Annotated[str, WithJsonSchema({"type": "string", "enum": list(PARAMETERS)})]


SeriesName = Literal["p10", "p50", "p90", "chance"]


Chance = Annotated[float, Field(ge=0, le=1)]


Hours = Annotated[list[float], Field(min_length=1, max_length=LEAD_HOURS)]


class ResponseModel(BaseModel):
    """The base of all answers."""

    # Built when first used: a lookup, which most processes answer first, needs none of them.
    model_config = ConfigDict(frozen=True, defer_build=True)

    def to_bytes(self) -> bytes:
        """Write the answer as compact JSON, UTF-8."""
        return self.model_dump_json().encode()
