"""The forecast of a station, and the answer to a lookup that is made from it.

The nightly run writes each answer once, as the bytes that a lookup sends. So an answer holds only
what is known before the run is published, and nothing that changes as time passes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from forecasts.damage import problem_of
from forecasts.errors import FormatError, InvalidStationError
from forecasts.parameter import PARAMETERS
from forecasts.run import HORIZON, INTERVAL, LEAD_HOURS, PUBLISH_ALLOWANCE, STEP
from forecasts.station import Station
from forecasts.times import from_text, utc_text

#: 24 hourly values for each of p10, p50, p90; with chances, also 24 shares as `chance`.
Quantiles = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of one run for one station.

    Attributes:
        station: The station.
        run_id: The run.
        issue_time: Aware UTC.
        model: Name of the model that made the forecast.
        values: For each parameter code and quantile name, 24 values: hour 1 to hour 24 after the
            issue time, in the parameter's unit and rounded to its decimals.
        missing: For each parameter code without a forecast, the reason, e.g.
            `too_few_observations`.
        chance_24h: For each parameter code with chances, the chance that at least one of the 24
            hours has 0.1 mm or more. An answer without any does not have the field.
        models: For each parameter code that something else than *model* forecast, its name:
            `reference`, if the station is far from what the model learned on. An answer without any
            does not have the field.
        notice: That of the run; an answer without one does not have the field.
    """

    station: Station
    run_id: str
    issue_time: datetime
    model: str
    values: Mapping[str, Quantiles]
    missing: Mapping[str, str]
    chance_24h: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    notice: str | None = None

    def to_body(self) -> bytes:
        """Write the answer to a lookup: compact JSON, UTF-8."""
        return dumps(self.to_answer())

    def to_answer(self) -> dict[str, Any]:
        """Show the forecast as the JSON object that readers get."""
        return {
            "station": station_answer(self.station),
            "run": {
                "id": self.run_id,
                "issued_at": utc_text(self.issue_time),
                "valid_until": utc_text(self.issue_time + HORIZON),
                "next_expected_at": utc_text(self.issue_time + INTERVAL + PUBLISH_ALLOWANCE),
                "model": self.model,
                **({"notice": self.notice} if self.notice else {}),
            },
            "source": "precomputed",
            "time": valid_times(self.issue_time),
            "units": {code: PARAMETERS[code].unit for code in self.values},
            "values": dict(self.values),
            **({"chance_24h": dict(self.chance_24h)} if self.chance_24h else {}),
            **({"models": dict(self.models)} if self.models else {}),
            "missing": dict(self.missing),
        }

    @classmethod
    def from_body(cls, body: bytes) -> "Forecast":
        """Read an answer back.

        Raises:
            FormatError: *body* is not an answer that this version can read.
        """
        try:
            answer = json.loads(body)
            run = answer["run"]
            return cls(
                station=station_of(answer["station"]),
                run_id=run["id"],
                issue_time=from_text(run["issued_at"]),
                model=run["model"],
                values=answer["values"],
                missing=answer["missing"],
                chance_24h=answer.get("chance_24h", {}),
                models=answer.get("models", {}),
                notice=run.get("notice"),
            )
        except (KeyError, TypeError, ValueError, InvalidStationError) as error:
            raise FormatError(f"not a forecast: {problem_of(error)}") from error


@lru_cache(maxsize=8)
def valid_times(issue_time: datetime) -> tuple[str, ...]:
    """List the valid times of a run issued at *issue_time*, as RFC 3339 UTC."""
    return tuple(utc_text(issue_time + hour * STEP) for hour in range(1, LEAD_HOURS + 1))


def station_answer(station: Station) -> dict[str, Any]:
    """Show a station as the JSON object that readers get."""
    answer = {
        "id": station.id,
        "name": station.name,
        "country": station.country,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "elevation": station.elevation,
        "timezone": station.timezone,
    }
    if station.attribution:
        answer["attribution"] = station.attribution
    if station.licence:
        answer["licence"] = station.licence
    return answer


def station_of(answer: Mapping[str, Any]) -> Station:
    """Read a station back from its JSON object.

    Raises:
        KeyError: A field is missing.
    """
    return Station(
        id=answer["id"],
        name=answer["name"],
        country=answer["country"],
        latitude=answer["latitude"],
        longitude=answer["longitude"],
        elevation=answer["elevation"],
        timezone=answer["timezone"],
        attribution=answer.get("attribution", ""),
        licence=answer.get("licence", ""),
    )


def dumps(value: object) -> bytes:
    """Write compact JSON, UTF-8, refusing NaN."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()
