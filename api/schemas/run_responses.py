"""The answers about runs, and how fresh the published one is."""

from typing import Any, Literal

from pydantic import Field

from api.schemas.base import ParameterCode, ResponseModel, Time
from api.schemas.problem_responses import ItemProblem
from api.schemas.verification_responses import RunVerification
from forecasts.run import Run, RunState
from forecasts.times import utc_text


def _is_none(value: object) -> bool:
    return value is None


class ForecastRun(ResponseModel):
    """The run that a forecast is part of."""

    id: str = Field(description="Id of the run.", examples=["20131230T0000Z-1"])
    issued_at: Time = Field(description="Issue time, UTC.", examples=["2013-12-30T00:00:00Z"])
    valid_until: Time = Field(
        description="Valid time of the run's last value, UTC.", examples=["2013-12-31T00:00:00Z"]
    )
    next_expected_at: Time = Field(
        description="When the next run should be published, UTC.", examples=["2013-12-31T00:30:00Z"]
    )
    model: str = Field(description="Name of the model.", examples=["v1"])
    notice: str | None = Field(
        None,
        description="What readers must know about the run, such as that its weather is not "
        "today's or not real. Not there if the run forecasts the weather of its day.",
        examples=["Demonstration: the weather of New York's airports in 2013, moved to today."],
        exclude_if=_is_none,
    )

    @classmethod
    def of_run(cls, run: Run) -> "ForecastRun":
        """Show a run as a forecast does."""
        return ForecastRun(**_of_forecast(run))


class RunSummary(ForecastRun):
    """A run, without its quality report."""

    current: bool = Field(
        description="Whether this is the published run that readers are on.", examples=[True]
    )
    state: RunState = Field(description="How far the run has come.", examples=["published"])
    parameters: list[ParameterCode] = Field(
        description="Codes of the parameters it forecasts.", examples=[["temperature"]]
    )
    stations: int = Field(description="Number of stations it was planned for.", examples=[11000])
    planned_at: Time = Field(
        description="When the run began, UTC.", examples=["2013-12-30T00:05:00Z"]
    )
    published_at: Time | None = Field(
        description="When it was first published, UTC; null if never.",
        examples=["2013-12-30T00:20:00Z"],
    )
    reason: str | None = Field(
        description="Why it was rejected or failed; null otherwise.",
        examples=["coverage 0.71 is below 0.95"],
    )

    @classmethod
    def of(cls, run: Run, current: str | None) -> "RunSummary":
        """Show a run; *current* is the id of the published run."""
        return cls(**_shown(run, current))


class RunResponse(RunSummary):
    """A run."""

    report: dict[str, Any] = Field(
        description="The quality report of the run.", examples=[{"coverage": 0.998}]
    )
    verification: RunVerification | None = Field(
        description="How its forecasts came true; null until the run is verified, in the night "
        "after its last hour."
    )

    @classmethod
    def verified(
        cls, run: Run, current: str | None, verification: RunVerification | None
    ) -> "RunResponse":
        """Show a run, and how it came true; *current* is the id of the published run."""
        return cls(**_shown(run, current), report=run.report, verification=verification)


class DamagedRun(ResponseModel):
    """An error in the place of a run."""

    id: str = Field(description="Id of the run.", examples=["20131230T0000Z-1"])
    error: ItemProblem = Field(description="What went wrong.")


class RunsResponse(ResponseModel):
    """All runs."""

    items: list[RunSummary | DamagedRun] = Field(
        description="The runs, newest issue time first; then those that are damaged, with an error."
    )
    next: None = Field(None, description="Always null: there are no more pages.")


class MissingForecast(ResponseModel):
    """A station without a forecast of some or all parameters."""

    station_id: str = Field(description="Id of the station.", examples=["JFK"])
    forecast: Literal["none", "partial"] = Field(
        description="`none`: it has no forecast at all. `partial`: it has one of other parameters.",
        examples=["partial"],
    )
    missing: dict[ParameterCode, str] = Field(
        description="For each parameter without a forecast, the code of the reason.",
        examples=[{"pressure": "too_few_observations"}],
    )
    detail: str = Field(
        description="What is wrong, if more is known; otherwise empty.",
        examples=["it has no latitude"],
    )


class ReasonCount(ResponseModel):
    """A reason, and how often it applies in the whole run."""

    code: str = Field(description="Its code.", examples=["too_few_observations"])
    explanation: str = Field(
        description="What it means.",
        examples=["There are no usable observations in the week before the issue time."],
    )
    stations: int = Field(description="Number of stations.", examples=[12])
    series: int = Field(description="Number of stations and parameters.", examples=[15])


class MissingResponse(ResponseModel):
    """A page of the stations without a forecast of some or all parameters of a run."""

    items: list[MissingForecast] = Field(description="The stations, in order of id.")
    reasons: list[ReasonCount] = Field(
        description="All reasons of the run, the most frequent first, whatever the query."
    )
    next: str | None = Field(description="Cursor of the next page; null on the last page.")


class CircuitResponse(ResponseModel):
    """The state of the real-time model's circuit breaker."""

    circuit: Literal["closed", "open", "half_open"] = Field(
        description="`open`: the model is not asked, because it did not answer before.",
        examples=["closed"],
    )
    opened_at: Time | None = Field(
        description="When the circuit was opened, UTC; null if it is closed.",
        examples=["2013-12-30T05:00:00Z"],
    )


class SourceFreshness(ResponseModel):
    """How old the newest readings of a source are in one country, at the run's issue time."""

    source: str = Field(
        description="The source: `iem`, `openaq`, or the format of its files.", examples=["iem"]
    )
    country: str = Field(description="ISO 3166-1 alpha-2 code, or empty.", examples=["US"])
    fresh: int = Field(
        description="Number of series (station and parameter) with a reading in the last 3 hours.",
        examples=[18400],
    )
    stale: int = Field(
        description="Number of other series with a reading in the last 12 hours.", examples=[310]
    )
    silent: int = Field(
        description="Number of series with older readings only. They are not forecast: "
        "`source_late`.",
        examples=[25],
    )
    newest: Time = Field(
        description="Time of the newest reading, UTC.", examples=["2013-12-29T23:51:00Z"]
    )


class StatusResponse(ResponseModel):
    """How fresh the forecasts are."""

    state: Literal["ok", "late", "none"] = Field(
        description="`late`: the next run should have been published by now. `none`: no run is "
        "published yet.",
        examples=["ok"],
    )
    run: RunSummary | None = Field(description="The published run; null if there is none.")
    age_seconds: int | None = Field(
        description="Seconds since the issue time of the run; null if there is none.",
        examples=[3600],
    )
    sources: list[SourceFreshness] = Field(
        description="Each source and country that the run has readings of."
    )
    realtime: CircuitResponse | None = Field(
        description="State of the real-time model; null if it is switched off."
    )


def _of_forecast(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "issued_at": utc_text(run.issue_time),
        "valid_until": utc_text(run.valid_until),
        "next_expected_at": utc_text(run.next_expected_at),
        "model": run.model,
        "notice": run.notice,
    }


def _shown(run: Run, current: str | None) -> dict[str, Any]:
    return {
        **_of_forecast(run),
        "current": run.id == current,
        "state": run.state,
        "parameters": list(run.parameters),
        "stations": run.stations,
        "planned_at": utc_text(run.planned_at),
        "published_at": run.published_at and utc_text(run.published_at),
        "reason": run.reason,
    }
