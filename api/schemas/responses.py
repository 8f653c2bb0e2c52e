"""The answers of the API, described field by field.

Runs, parameters and the state of the service are built from these models. Forecasts and stations
are sent as they are stored; that they look like this is held by tests.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS, Run, RunState
from forecasts.times import utc_text

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
ParameterCode = Annotated[str, WithJsonSchema({"type": "string", "enum": list(PARAMETERS)})]
QuantileName = Literal["p10", "p50", "p90"]
Hours = Annotated[list[float], Field(min_length=1, max_length=LEAD_HOURS)]


class Answer(BaseModel):
    """The base of all answers."""

    # Models are built when they are first used: a lookup, the usual first request, uses none.
    model_config = ConfigDict(frozen=True, defer_build=True)

    def to_bytes(self) -> bytes:
        """Write the answer as compact JSON, UTF-8."""
        return self.model_dump_json().encode()


class StationOfForecast(Answer):
    """A station."""

    id: str = Field(description="Stable for the life of the station.", examples=["JFK"])
    name: str = Field(description="For people.", examples=["John F Kennedy Intl"])
    country: str = Field(description="ISO 3166-1 alpha-2, or empty.", examples=["US"])
    latitude: float = Field(description="Degrees north.", ge=-90, le=90, examples=[40.64])
    longitude: float = Field(description="Degrees east.", ge=-180, le=180, examples=[-73.78])
    elevation: float | None = Field(description="Metres above sea level.", examples=[4.0])
    timezone: str = Field(description="IANA name.", examples=["America/New_York"])


class StationAnswer(StationOfForecast):
    """A station and what is forecast there."""

    parameters: list[ParameterCode] = Field(
        description="Codes that the run forecasts at this station.", examples=[["temperature"]]
    )


class StationFound(StationAnswer):
    """A station in a list."""

    distance_km: float | None = Field(
        None, description="From the place of `near`, in kilometres.", examples=[19.2]
    )


class StationsAnswer(Answer):
    """A page of stations."""

    items: list[StationFound] = Field(description="In the order of the run, or nearest first.")
    next: str | None = Field(description="Cursor of the next page; null on the last.")


class RunOfForecast(Answer):
    """The run that a forecast is part of."""

    id: str = Field(description="Id of the run.", examples=["20131230T0000Z-1"])
    issued_at: Time = Field(description="Issue time, UTC.", examples=["2013-12-30T00:00:00Z"])
    valid_until: Time = Field(
        description="Valid time of the run's last value, UTC.", examples=["2013-12-31T00:00:00Z"]
    )
    next_expected_at: Time = Field(
        description="When the next run should be there, UTC.", examples=["2013-12-31T00:30:00Z"]
    )
    model: str = Field(description="Name of the model that made it.", examples=["v1"])


class Observed(Answer):
    """What was measured before a forecast."""

    time: list[Time] = Field(
        description="Times of the hours, oldest first, in the time zone asked for; an hour is "
        "named by its end, and the last one is the issue time of the run.",
        examples=[["2013-12-30T00:00:00Z"]],
    )
    units: dict[ParameterCode, str] = Field(
        description="Unit of each parameter.", examples=[{"temperature": "°C"}]
    )
    values: dict[ParameterCode, list[float | None]] = Field(
        description="By parameter, the mean of each hour; null where nothing was measured.",
        examples=[{"temperature": [3.9]}],
    )


class ForecastOfStation(Answer):
    """What every forecast of a station says."""

    station: StationOfForecast = Field(description="The station.")
    run: RunOfForecast = Field(description="The run.")
    source: Literal["precomputed", "realtime", "previous_run"] = Field(
        description="Where the values come from.", examples=["precomputed"]
    )
    time: list[Time] = Field(
        description="Valid times of the values, in the time zone asked for.",
        examples=[["2013-12-30T01:00:00Z"]],
        min_length=1,
        max_length=LEAD_HOURS,
    )
    units: dict[ParameterCode, str] = Field(
        description="Unit of each parameter.", examples=[{"temperature": "°C"}]
    )
    values: dict[ParameterCode, dict[QuantileName, Hours]] = Field(
        description="By parameter and quantile, a value for each time. p10 to p90 is an 80 % "
        "interval, p50 the median.",
        examples=[{"temperature": {"p10": [2.1], "p50": [3.6], "p90": [5.2]}}],
    )
    missing: dict[ParameterCode, str] = Field(
        description="Why a parameter has no forecast here: `too_few_observations`, "
        "`not_forecast_here`.",
        examples=[{"pressure": "too_few_observations"}],
    )


class ForecastAnswer(ForecastOfStation):
    """The forecast of one station."""

    observed: Observed | None = Field(
        None, description="Only where `observed` asks for it: the hours before the forecast."
    )


class DegradedAnswer(Answer):
    """Why an answer is not wholly of the real-time model."""

    reason: str = Field(
        description="The reason of all its parameters, or `several`: `endpoint_off`, "
        "`endpoint_timeout`, `endpoint_unreachable`, `endpoint_error`, `endpoint_busy`, "
        "`circuit_open`, `bad_answer`, `model_missing`, `model_not_ready`, `no_history`, or why "
        "the model forecasts a parameter not.",
        examples=["endpoint_timeout"],
    )
    parameters: dict[ParameterCode, str] = Field(
        description="By parameter whose values are not of the real-time model: why.",
        examples=[{"temperature": "endpoint_timeout"}],
    )


class RealtimeOfPlace(Answer):
    """The real-time model's part in an answer."""

    issued_at: Time = Field(description="Issue time, UTC.", examples=["2013-12-30T06:00:00Z"])
    valid_until: Time = Field(
        description="Valid time of the last value, UTC.", examples=["2013-12-31T06:00:00Z"]
    )
    model: str = Field(
        description="Name of the model; of several, with commas.", examples=["depth5"]
    )
    variant: str | None = Field(
        description="The production variant of the endpoint that answered.", examples=["depth5"]
    )


class RealtimeOfStation(RealtimeOfPlace):
    """The real-time model's part in the answer for a station."""

    observations: int = Field(description="How many readings were sent.", examples=[1])


HoursOrNull = Annotated[list[float | None], Field(min_length=1, max_length=LEAD_HOURS)]


class ContextAnswer(ForecastOfStation):
    """The forecast of a station from fresh readings."""

    degraded: DegradedAnswer | None = Field(
        description="Null where everything is of the real-time model."
    )
    realtime: RealtimeOfStation | None = Field(
        description="Null where nothing is; `run` and `time` are those of the lookup then."
    )
    values: dict[ParameterCode, dict[QuantileName, HoursOrNull]] = Field(  # type: ignore[assignment]
        description="As in the answer to a lookup. A parameter of which the nightly forecast "
        "stands in for the real-time model has null after the end of the night's forecast.",
        examples=[{"temperature": {"p10": [2.1], "p50": [3.6], "p90": [5.2]}}],
    )


class Place(Answer):
    """A place without a station."""

    latitude: float = Field(description="Degrees north.", ge=-90, le=90, examples=[40.7])
    longitude: float = Field(description="Degrees east.", ge=-180, le=180, examples=[-74.0])
    elevation: float | None = Field(description="Metres above sea level.", examples=[10.0])


class PlaceAnswer(Answer):
    """The forecast of a place without a station."""

    place: Place = Field(description="As it was sent.")
    source: Literal["realtime"] = Field(
        description="Where the values come from.", examples=["realtime"]
    )
    degraded: DegradedAnswer | None = Field(
        description="Null where every parameter was asked about."
    )
    realtime: RealtimeOfPlace = Field(description="The real-time model's part.")
    time: list[Time] = Field(
        description="Valid times of the values, in the time zone asked for.",
        examples=[["2013-12-30T07:00:00Z"]],
        min_length=1,
        max_length=LEAD_HOURS,
    )
    units: dict[ParameterCode, str] = Field(
        description="Unit of each parameter.", examples=[{"temperature": "°C"}]
    )
    values: dict[ParameterCode, dict[QuantileName, Hours]] = Field(
        description="By parameter and quantile, a value for each time.",
        examples=[{"temperature": {"p10": [2.1], "p50": [3.6], "p90": [5.2]}}],
    )
    missing: dict[ParameterCode, str] = Field(
        description="Why a parameter has no forecast here.",
        examples=[{"pressure": "too_few_observations"}],
    )


class ItemProblem(Answer):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(description="Address of the kind.", examples=["/problems/station-not-found"])
    title: str = Field(description="The kind, for people.", examples=["Station not found"])
    status: int = Field(description="HTTP status.", examples=[404])
    detail: str = Field(
        description="What went wrong this time.", examples=["no station 'JKF' in run …"]
    )


class InvalidValue(Answer):
    """One value that is not acceptable."""

    in_: Literal["path", "query", "header", "body"] = Field(
        alias="in", description="Where it stands.", examples=["query"]
    )
    name: str = Field(description="The parameter.", examples=["hours"])
    reason: str = Field(
        description="What is wrong with it.", examples=["Input should be less than or equal to 24"]
    )


class Problem(ItemProblem):
    """The answer to a request that fails, as RFC 9457 has it."""

    instance: str = Field(description="The address asked for.", examples=["/v1/stations/JKF"])
    request_id: str = Field(
        description="Also the header X-Request-Id; name it to the operator.", examples=["9f86d081"]
    )
    suggestions: list[str] | None = Field(
        None, description="What was probably meant, likeliest first.", examples=[["JFK"]]
    )
    errors: list[InvalidValue] | None = Field(None, description="Every value that is refused.")


class FailedStation(Answer):
    """The station whose forecast could not be given."""

    id: str = Field(description="As it was asked for.", examples=["JKF"])


class FailedForecast(Answer):
    """In the place of a forecast: why there is none."""

    station: FailedStation = Field(description="The station.")
    error: ItemProblem = Field(description="What went wrong.")


class SeveralAnswer(Answer):
    """Forecasts of several stations, all of one run, in the order they were asked for."""

    items: list[ForecastAnswer | FailedForecast] = Field(description="One for each station.")
    next: None = Field(description="Always null: there are no more pages.")


class NearForecast(ForecastAnswer):
    """The forecast of a station near a place."""

    distance_km: float = Field(description="From the place, in kilometres.", examples=[19.2])


class NearFailed(FailedForecast):
    """A station near a place, without its forecast."""

    distance_km: float = Field(description="From the place, in kilometres.", examples=[19.2])


class NearestAnswer(Answer):
    """Forecasts of the stations nearest to a place, all of one run, nearest first."""

    items: list[NearForecast | NearFailed] = Field(description="One for each station.")
    next: None = Field(description="Always null: there are no more pages.")


class ParameterAnswer(Answer):
    """What can be forecast."""

    code: ParameterCode = Field(description="As it stands everywhere.", examples=["pm25"])
    name: str = Field(description="For people.", examples=["PM2.5"])
    unit: str = Field(description="Unit of all its values.", examples=["µg/m³"])
    decimals: int = Field(description="Decimals of its values.", examples=[1])
    minimum: float = Field(description="Smallest plausible hourly mean.", examples=[0])
    maximum: float = Field(description="Largest plausible hourly mean.", examples=[2000])


class ParametersAnswer(Answer):
    """All parameters."""

    items: list[ParameterAnswer] = Field(description="Pollutants first, then weather.")
    next: None = Field(None, description="Always null: there are no more pages.")


class RunSummary(RunOfForecast):
    """A run, without its quality report."""

    current: bool = Field(description="Whether readers are on it.", examples=[True])
    state: RunState = Field(description="How far it has come.", examples=["published"])
    parameters: list[ParameterCode] = Field(
        description="Codes it forecasts.", examples=[["temperature"]]
    )
    stations: int = Field(description="How many stations it was planned for.", examples=[11000])
    planned_at: Time = Field(description="When it began, UTC.", examples=["2013-12-30T00:05:00Z"])
    published_at: Time | None = Field(
        description="When it was published first, UTC.", examples=["2013-12-30T00:20:00Z"]
    )
    reason: str | None = Field(
        description="Why it was rejected or failed.", examples=["coverage 0.71 is below 0.95"]
    )

    @classmethod
    def of(cls, run: Run, current: str | None) -> "RunSummary":
        """Show a run; *current* is the id of the published one."""
        return cls(**_shown(run, current))


class RunAnswer(RunSummary):
    """A run."""

    report: dict[str, Any] = Field(
        description="The quality report: what the gate measured.", examples=[{"coverage": 0.998}]
    )

    @classmethod
    def of(cls, run: Run, current: str | None) -> "RunAnswer":
        """Show a run; *current* is the id of the published one."""
        return cls(**_shown(run, current), report=run.report)


class RunsAnswer(Answer):
    """All runs."""

    items: list[RunSummary] = Field(description="Newest issue time first.")
    next: None = Field(None, description="Always null: there are no more pages.")


class CircuitAnswer(Answer):
    """How the circuit breaker of the real-time model stands."""

    circuit: Literal["closed", "open", "half_open"] = Field(
        description="`open`: it is not asked, because it did not answer.", examples=["closed"]
    )
    opened_at: Time | None = Field(
        description="Since when it is not closed, UTC.", examples=["2013-12-30T05:00:00Z"]
    )


class StatusAnswer(Answer):
    """How fresh the forecasts are."""

    state: Literal["ok", "late", "none"] = Field(
        description="`late`: the next run should have been there; `none`: nothing is published.",
        examples=["ok"],
    )
    run: RunSummary | None = Field(description="The published run.")
    age_seconds: int | None = Field(
        description="Time since its issue time, in seconds.", examples=[3600]
    )
    realtime: CircuitAnswer | None = Field(
        description="How the real-time model does; null where it is switched off."
    )


class HealthAnswer(Answer):
    """That the process answers."""

    status: Literal["ok"] = Field("ok", description="Always ok.", examples=["ok"])


class IndexAnswer(Answer):
    """What there is."""

    name: str = Field(description="The service.", examples=["Stationcast"])
    links: dict[str, str] = Field(
        description="Addresses to begin with.", examples=[{"docs": "/docs"}]
    )


class ProblemAnswer(Answer):
    """A kind of problem, explained."""

    type: str = Field(description="Its address.", examples=["/problems/station-not-found"])
    title: str = Field(description="Its name, for people.", examples=["Station not found"])
    status: int = Field(description="HTTP status it comes with.", examples=[404])
    explanation: str = Field(description="What it means and what to do.", examples=["…"])


def _shown(run: Run, current: str | None) -> dict[str, Any]:
    return {
        "id": run.id,
        "issued_at": utc_text(run.issue_time),
        "valid_until": utc_text(run.valid_until),
        "next_expected_at": utc_text(run.next_expected_at),
        "model": run.model,
        "current": run.id == current,
        "state": run.state,
        "parameters": list(run.parameters),
        "stations": run.stations,
        "planned_at": utc_text(run.planned_at),
        "published_at": run.published_at and utc_text(run.published_at),
        "reason": run.reason,
    }
