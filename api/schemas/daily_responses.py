"""What an answer says about whole days."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from api.schemas.base import Chance, Moment, ParameterCode, ResponseModel
from forecasts.air_quality import Category
from forecasts.run import LEAD_HOURS

Date = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]


class ExtremeHour(ResponseModel):
    """The hour with the lowest or the highest median, and its forecast."""

    time: Moment = Field(
        description="End of the hour, in the requested time zone.",
        examples=["2013-12-30T19:00:00Z"],
    )
    p10: float = Field(description="p10 of this hour.", examples=[7.2])
    p50: float = Field(description="Median of this hour.", examples=[8.4])
    p90: float = Field(description="p90 of this hour.", examples=[9.7])
    chance: Chance | None = Field(
        None,
        description="Chance of 0.1 mm or more in this hour; only of precipitation, and not there "
        "if the model gives no chances.",
        examples=[0.31],
    )


class MeanOfHours(ResponseModel):
    """The mean of several hours: each quantile is the mean of those of the hours.

    The interval held the mean of 24 hours in 80 % of cases or more.
    """

    p10: float | None = Field(
        None, description="Mean of p10 of the hours. Not of visibility.", examples=[3.4]
    )
    p50: float = Field(description="Mean of the medians of the hours.", examples=[5.1])
    p90: float | None = Field(
        None, description="Mean of p90 of the hours. Not of visibility.", examples=[6.9]
    )


class PeriodParameter(ResponseModel):
    """What is said about a parameter. Its kind decides which fields there are."""

    minimum: ExtremeHour | None = Field(
        None,
        description="The hour with the lowest median, the first one of several. Not of "
        "precipitation and gusts.",
    )
    maximum: ExtremeHour = Field(
        description="The hour with the highest median; of hours with the same one, that with the "
        "highest p90, then that with the highest chance, then the first one. The quantiles are "
        "those of this hour, not of the highest value of the day, which often is at another hour."
    )
    mean: MeanOfHours | None = Field(None, description="The mean. Not of precipitation and gusts.")
    chance: Chance | None = Field(
        None,
        description="`chance_24h`: the chance of 0.1 mm or more in any of the hours. Only of "
        "precipitation, and only if there are 24 hours.",
        examples=[0.63],
    )


class AirQualityIndex(ResponseModel):
    """The US Air Quality Index of EPA, in its version of 2024."""

    index: int = Field(
        description="The highest of `indices`. Above 500 is possible.", ge=0, examples=[57]
    )
    category: Category = Field(description="The words for it.", examples=["moderate"])
    parameter: ParameterCode = Field(description="The pollutant that has it.", examples=["pm25"])
    indices: dict[ParameterCode, int] = Field(
        description="The index of each pollutant: of the mean of all hours for PM2.5 and PM10, of "
        "the highest mean over 8 hours for ozone and carbon monoxide, of the highest hour for "
        "nitrogen and sulphur dioxide. Made of medians.",
        examples=[{"pm25": 57, "o3": 28}],
    )


class Period(ResponseModel):
    """Some hours in a row."""

    begin: Moment = Field(
        alias="from",
        description="Begin of the first hour, in the requested time zone.",
        examples=["2013-12-30T00:00:00Z"],
    )
    until: Moment = Field(
        description="End of the last hour, in the requested time zone.",
        examples=["2013-12-31T00:00:00Z"],
    )
    hours: int = Field(description="Number of hours.", ge=1, le=LEAD_HOURS, examples=[24])
    complete: bool = Field(
        description="Whether these are all hours of the forecast or of the local day.",
        examples=[True],
    )
    parameters: dict[ParameterCode, PeriodParameter] = Field(
        description="What is said about each parameter with a forecast."
    )
    air_quality: AirQualityIndex | None = Field(
        None,
        description="Only of a complete period with a pollutant that has an index: an index of "
        "some hours of a day would be that of no day.",
    )


class LocalDay(Period):
    """The hours of a forecast that begin on one local day of the station."""

    date: Date = Field(description="The day.", examples=["2013-12-30"])


class Daily(ResponseModel):
    """A forecast in terms of days."""

    all: Period = Field(description="All hours of the forecast.")
    days: list[LocalDay] = Field(
        description="The station's local days, whatever the requested time zone is. An hour "
        "belongs to the day in which it begins. A forecast often has a part of two days.",
        min_length=1,
        max_length=3,
    )
