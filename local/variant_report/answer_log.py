"""Reads the API's log of answers to context requests: one JSON line for each.

`api` writes these lines in CloudWatch's embedded metric format. Other lines, e.g. of uvicorn or
Lambda, are counted only. Malformed lines are counted, and the first ones are listed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from forecasts.run import LEAD_HOURS
from forecasts.times import HOUR, from_text

#: Marks the lines about answers.
MARK = "ContextAnswers"
#: The number of malformed lines that are listed.
MOST_EXAMPLES = 10

#: Reasons that are the fault of the endpoint or the network, not of the request.
FAILURES = frozenset(
    {
        "bad_answer",
        "endpoint_busy",
        "endpoint_error",
        "endpoint_timeout",
        "endpoint_unreachable",
        "model_missing",
        "model_not_ready",
    }
)

#: Seconds since 1970 in an hour.
_HOUR_SECONDS = int(HOUR.total_seconds())

#: p10, p50 and p90 by lead hour.
Leads = dict[int, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class StationForecast:
    """The forecast for a station in an answer, to be compared with observations.

    Attributes:
        station_id: The station.
        issue_hour: Hours since 1970 UTC of the issue time.
        values: Quantiles by parameter code, then lead hour.
    """

    station_id: str
    issue_hour: int
    values: Mapping[str, Leads]


@dataclass(frozen=True, slots=True)
class Answer:
    """The fields of an API answer that a comparison of variants needs.

    Attributes:
        variant: The production variant that answered; `none` if no variant did.
        model: The name of the model that forecast; None if no model did.
        time: When it was answered, aware UTC.
        degraded: Whether the answer was degraded.
        reason: Why it was degraded; None if it was not.
        milliseconds: Time of the endpoint; None if it was not called.
        forecast: The forecast; None if it is not for a station, or if no variant answered.
    """

    variant: str
    model: str | None
    time: datetime
    degraded: bool
    reason: str | None
    milliseconds: float | None
    forecast: StationForecast | None

    @property
    def failed(self) -> bool:
        """Whether the endpoint was called and failed."""
        return self.milliseconds is not None and self.reason in FAILURES


@dataclass(slots=True)
class AnswerLog:
    """The content of a log.

    Attributes:
        answers: The answers, in the order of the log.
        lines: The number of all lines.
        others: The number of lines about something else.
        broken: The number of malformed lines.
        examples: The position and the error of the first malformed lines.
    """

    answers: list[Answer] = field(default_factory=list)
    lines: int = 0
    others: int = 0
    broken: int = 0
    examples: list[str] = field(default_factory=list)


def read_answers(lines: Iterable[tuple[str, str]], since: datetime | None = None) -> AnswerLog:
    """Read the lines of a log.

    Args:
        lines: Pairs of position and line; the position is for messages.
        since: Aware time; earlier answers are left out. None for all.
    """
    log = AnswerLog()
    for where, line in lines:
        log.lines += 1
        if MARK not in line:
            log.others += 1
            continue
        try:
            answer = _answer(json.loads("".join(line.partition("{")[1:])))
        except (KeyError, TypeError, ValueError) as error:
            log.broken += 1
            if len(log.examples) < MOST_EXAMPLES:
                log.examples.append(f"{where}: {_reason(error)}")
            continue
        if since is None or answer.time >= since:
            log.answers.append(answer)
    return log


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error}"
    return f"no field {error}" if isinstance(error, KeyError) else str(error)


def _answer(line: Any) -> Answer:
    return Answer(
        variant=_text(line, "variant"),
        model=_text(line, "model") if line["model"] else None,
        time=_time(line, "time"),
        degraded=_number(line, "DegradedAnswers") > 0,
        reason=_text(line, "reason") if line["reason"] else None,
        # Left out if the endpoint was not called.
        milliseconds=_number(line, "EndpointTime") if "EndpointTime" in line else None,
        forecast=_forecast(line) if line["station_id"] and line["forecast"] else None,
    )


def _forecast(line: Mapping[str, Any]) -> StationForecast:
    issue_hour = int(_time(line, "issued_at").timestamp()) // _HOUR_SECONDS
    return StationForecast(_text(line, "station_id"), issue_hour, _leads(line["forecast"]))


def _text(line: Mapping[str, Any], name: str) -> str:
    if not isinstance(line[name], str):
        raise TypeError(f"{name} is not text: {line[name]!r:.40}")
    return str(line[name])


def _number(line: Mapping[str, Any], name: str) -> float:
    value = line[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:  # noqa: PLR2004 -- eleven days in milliseconds
        raise ValueError(f"{name} is out of range or not a number: {value!r:.40}")
    return float(value)


def _time(line: Mapping[str, Any], name: str) -> datetime:
    try:
        return from_text(_text(line, name))
    except ValueError as error:
        raise ValueError(f"{name} is not a time: {error}") from error


def _leads(forecast: Any) -> dict[str, Leads]:
    try:
        return {
            code: {_lead(lead): _quantiles(values) for lead, values in leads.items()}
            for code, leads in forecast.items()
        }
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"forecast is malformed: {error}") from error


def _lead(text: str) -> int:
    lead = int(text)
    if not 1 <= lead <= LEAD_HOURS:
        raise ValueError(f"no lead time {lead}")
    return lead


def _quantiles(values: Any) -> tuple[float, float, float]:
    low, median, high = (float(value) for value in values)
    return low, median, high
