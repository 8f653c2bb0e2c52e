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
    filled = _filled(stored, line, left) if fallback else {}
    degraded = {code: left[code] for code in left if code in filled or code in outcome.failures}
    return {
        "station": stored["station"],
        "run": stored["run"],
        "source": REALTIME,
        "degraded": _degraded(degraded),
        **_realtime_fields(line, outcome, filled),
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
        **_realtime_fields(line, outcome, {}),
    }


def _filled(
    stored: Mapping[str, Any], line: TransformLine, left: Mapping[str, str]
) -> dict[str, dict[str, list[float | None]]]:
    late = (from_text(line["issue_time"]) - from_text(stored["run"]["issued_at"])) // STEP
    return {
        code: {q: series[late:] + [None] * late for q, series in stored["values"][code].items()}
        for code in left
        if late < LEAD_HOURS and code in stored["values"]
    }


def _realtime_fields(
    line: TransformLine, outcome: Outcome, filled: Mapping[str, Any]
) -> dict[str, Any]:
    issued = from_text(line["issue_time"])
    values = {**outcome.values, **filled}
    left = outcome.missing | outcome.failures
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
        "missing": {code: reason for code, reason in left.items() if code not in values},
    }


def _degraded(reasons: Mapping[str, str]) -> dict[str, Any] | None:
    return {"reason": _common(reasons), "parameters": dict(reasons)} if reasons else None


def _common(reasons: Mapping[str, str]) -> str:
    return next(iter(reasons.values())) if len(set(reasons.values())) == 1 else SEVERAL
