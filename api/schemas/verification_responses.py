"""The answers about how forecasts came true.

They are written without these models; tests hold them to these.
"""

from typing import Literal

from pydantic import Field

from api.schemas.base import ParameterCode, ResponseModel, Time
from api.schemas.station_responses import ForecastStation

Lead = Literal["1-6", "7-12", "13-18", "19-24"]
Reference = Literal["persistence", "yesterday", "week", "zero"]


class TooFewHours(ResponseModel):
    """What stands in the place of scores."""

    hours: int = Field(description="Number of hours that were compared.", examples=[48])
    reason: Literal["too_few_hours"] = Field(
        description="Fewer than 100 hours say nothing about a forecast.",
        examples=["too_few_hours"],
    )


class Scores(ResponseModel):
    """How forecasts compare with what was observed."""

    hours: int = Field(description="Number of hours that were compared.", examples=[696])
    bias: float = Field(
        description="Mean of p50 minus the observation, in the parameter's unit.", examples=[-0.12]
    )
    mae: float = Field(
        description="Mean absolute error of p50, in the parameter's unit.", examples=[1.4]
    )
    pinball: float = Field(
        description="Mean pinball loss of p10, p50 and p90, in the parameter's unit; smaller is "
        "better.",
        examples=[0.44],
    )
    coverage: float = Field(
        description="Share of the observations within p10 and p90; 0.8 is right.", examples=[0.78]
    )
    below: float = Field(
        description="Share of the observations below p10; 0.1 is right.", examples=[0.12]
    )
    above: float = Field(
        description="Share of the observations above p90; 0.1 is right.", examples=[0.1]
    )
    references: dict[Reference, float] = Field(
        description="Mean absolute error of forecasts that need no model: `persistence` (the "
        "newest value stays), `yesterday` (the same hour of the day before), `week` (the mean of "
        "the same hour over seven days) and, if most observations are 0, `zero`.",
        examples=[{"persistence": 2.9, "yesterday": 2.3, "week": 2.1}],
    )
    reference: Reference = Field(
        description="The best of `references`: the one with the smallest error.", examples=["week"]
    )
    skill: float | None = Field(
        description="1 - `mae` / the error of the best reference. Below 0, the forecast is worse. "
        "Null if the reference has no error.",
        examples=[0.33],
    )
    brier: float | None = Field(
        description="Brier score of the chance of 0.1 mm or more in the hour; smaller is better. "
        "Null for other parameters than precipitation, and with fewer than 100 chances.",
        examples=[None],
    )
    brier_skill: float | None = Field(
        description="1 - `brier` / the Brier score of saying the share of wet hours each hour. "
        "Null where `brier` is null, and if all hours were wet, or all were dry.",
        examples=[None],
    )


class ParameterScores(Scores):
    """The scores of a parameter."""

    unit: str = Field(description="Unit of the parameter.", examples=["°C"])
    leads: dict[Lead, Scores | TooFewHours] = Field(
        description="The same for each group of lead times, in hours after the issue time."
    )


class ParameterTooFewHours(TooFewHours):
    """What stands in the place of the scores of a parameter."""

    unit: str = Field(description="Unit of the parameter.", examples=["°C"])
    leads: dict[Lead, TooFewHours] = Field(
        description="The same for each group of lead times, in hours after the issue time."
    )


ScoresByParameter = dict[ParameterCode, ParameterScores | ParameterTooFewHours]


class Verification(ResponseModel):
    """How forecasts of some runs came true."""

    days: int = Field(
        description="Runs of this many days before the issue time of the published run count.",
        examples=[30],
    )
    runs: int = Field(
        description="Number of runs that were verified; 0 if none was yet.", examples=[29]
    )
    first_issued_at: Time | None = Field(
        description="Issue time of the first of them, UTC; null if there is none.",
        examples=["2013-11-30T00:00:00Z"],
    )
    last_issued_at: Time | None = Field(
        description="Issue time of the last of them, UTC; null if there is none.",
        examples=["2013-12-29T00:00:00Z"],
    )
    as_of: Time | None = Field(
        description="When observations were last read, UTC; null if there is no run. Readings "
        "that came later do not count yet.",
        examples=["2013-12-30T00:00:00Z"],
    )
    parameters: ScoresByParameter = Field(
        description="The scores of each parameter. An hour counts if it has a forecast, an "
        "observation and a value 24 hours before."
    )


class StationVerificationResponse(Verification):
    """How the forecasts of a station came true."""

    station: ForecastStation = Field(description="The station.")


class NetworkVerificationResponse(Verification):
    """How the forecasts of all stations came true."""

    countries: list[str] = Field(
        description="ISO 3166-1 alpha-2 codes of the countries that have scores, whatever the "
        "query.",
        examples=[["CH", "US"]],
    )


class RunVerification(ResponseModel):
    """How the forecasts of one run came true, at all stations."""

    as_of: Time = Field(
        description="When the observations were read, UTC.", examples=["2013-12-31T00:00:00Z"]
    )
    stations: int = Field(
        description="Number of stations with at least one hour that was compared.",
        examples=[10950],
    )
    parameters: ScoresByParameter = Field(description="The scores of each parameter.")
