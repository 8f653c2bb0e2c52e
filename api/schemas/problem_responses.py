"""The answers to requests that fail, in the terms of RFC 9457."""

from typing import Literal

from pydantic import Field

from api.schemas.base import ResponseModel


class ItemProblem(ResponseModel):
    """What went wrong, in the terms of RFC 9457."""

    type: str = Field(
        description="Address that explains this kind of problem.",
        examples=["/problems/station-not-found"],
    )
    title: str = Field(description="Name of this kind of problem.", examples=["Station not found"])
    status: int = Field(description="HTTP status.", examples=[404])
    detail: str = Field(
        description="What went wrong with this request.", examples=["no station 'JKF' in run …"]
    )


class InvalidValue(ResponseModel):
    """A value that was refused."""

    in_: Literal["path", "query", "header", "body"] = Field(
        alias="in", description="Where the value is.", examples=["query"]
    )
    name: str = Field(description="Name of the parameter, header or field.", examples=["hours"])
    reason: str = Field(
        description="What is wrong with the value.",
        examples=["Input should be less than or equal to 24"],
    )


class Problem(ItemProblem):
    """The answer to a request that failed, in the terms of RFC 9457."""

    instance: str = Field(description="Path of the request.", examples=["/v1/stations/JKF"])
    request_id: str = Field(
        description="Id of the request, also in the header X-Request-Id. Tell it to the operator.",
        examples=["9f86d081"],
    )
    suggestions: list[str] | None = Field(
        None, description="What was probably meant, the likeliest first.", examples=[["JFK"]]
    )
    errors: list[InvalidValue] | None = Field(None, description="The values that were refused.")
