"""Puts the real-time model's values and those of the nightly run together into one answer."""

from collections.abc import Mapping
from typing import Any

from api.realtime.client import Outcome
from forecasts.forecast import valid_times
from forecasts.item import TransformLine
from forecasts.parameter import PARAMETERS
from forecasts.run import HORIZON, LEAD_HOURS, STEP
from forecasts.times import from_text, utc_text

#: The source of an answer with values from the real-time model.
REALTIME = "realtime"

#: The reason of an answer whose parameters have different reasons.
SEVERAL = "several"


def station_answer(
    stored: Mapping[str, Any], line: TransformLine, outcome: Outcome, *, fallback: bool
) -> dict[str, Any]:
    """Make the answer for a station.

    Args:
        stored: The answer to a lookup. It becomes the whole answer, with its `source`, if the model
            gave no values.
        line: The transform line that was sent; its issue time may be later than the run's.
        outcome: The outcome of asking the model.
        fallback: Whether the nightly forecast may replace single parameters. Its values keep their
            valid times, with null after its end.
    """
    left = outcome.missing | outcome.failures
    if not outcome.values and (fallback or outcome.failures):
        return {**stored, "degraded": _degraded(left), "realtime": None}
    filled = _filled(stored, _hours_late(stored, line), left) if fallback else {}
    degraded = {code: left[code] for code in left if code in filled or code in outcome.failures}
    return {
        "station": stored["station"],
        "run": stored["run"],
        "source": REALTIME,
        "degraded": _degraded(degraded),
        **_realtime_fields(
            line, outcome, filled, _days(stored, line, filled), _others(stored, filled)
        ),
    }


def place_answer(line: TransformLine, outcome: Outcome) -> dict[str, Any]:
    """Make the answer for a place without a station, which has no nightly forecast."""
    return {
        "place": {
            "latitude": line["latitude"],
            "longitude": line["longitude"],
            "elevation": line["elevation"],
        },
        "source": REALTIME,
        "degraded": _degraded(outcome.failures),
        **_realtime_fields(line, outcome, {}, {}, {}),
    }


def _hours_late(stored: Mapping[str, Any], line: TransformLine) -> int:
    """Return how many hours the line is issued after the run."""
    return (from_text(line["issue_time"]) - from_text(stored["run"]["issued_at"])) // STEP


def _days(
    stored: Mapping[str, Any], line: TransformLine, filled: Mapping[str, Any]
) -> dict[str, float]:
    """Return the run's chances in 24 hours of what it fills in, if they are the same 24 hours."""
    chances = {} if _hours_late(stored, line) else stored.get("chance_24h", {})
    return {code: chances[code] for code in filled if code in chances}


def _others(stored: Mapping[str, Any], filled: Mapping[str, Any]) -> dict[str, str]:
    """Return what forecast the filled-in parameters in the run, where it was not the model."""
    return {code: name for code, name in stored.get("models", {}).items() if code in filled}


def _filled(
    stored: Mapping[str, Any], late: int, left: Mapping[str, str]
) -> dict[str, dict[str, list[float | None]]]:
    return {
        code: {q: series[late:] + [None] * late for q, series in stored["values"][code].items()}
        for code in left
        if late < LEAD_HOURS and code in stored["values"]
    }


def _realtime_fields(
    line: TransformLine,
    outcome: Outcome,
    filled: Mapping[str, Any],
    days: Mapping[str, float],
    others: Mapping[str, str],
) -> dict[str, Any]:
    issued = from_text(line["issue_time"])
    values = {**outcome.values, **filled}
    left = outcome.missing | outcome.failures
    chance_24h = {**outcome.chance_24h, **days}
    models = {**outcome.stand_ins, **others}
    return {
        "realtime": {
            "issued_at": utc_text(issued),
            "valid_until": utc_text(issued + HORIZON),
            "model": ", ".join(sorted(outcome.models)),
            "variant": outcome.variant,
        },
        "time": list(valid_times(issued)),
        "units": {code: p.unit for code, p in PARAMETERS.items() if code in values},
        "values": {code: values[code] for code in PARAMETERS if code in values},
        **({"chance_24h": chance_24h} if chance_24h else {}),
        **({"models": models} if models else {}),
        "missing": {code: reason for code, reason in left.items() if code not in values},
    }


def _degraded(reasons: Mapping[str, str]) -> dict[str, Any] | None:
    return {"reason": _common(reasons), "parameters": dict(reasons)} if reasons else None


def _common(reasons: Mapping[str, str]) -> str:
    return next(iter(reasons.values())) if len(set(reasons.values())) == 1 else SEVERAL
