"""Fresh readings and histories that callers send, checked and put into a transform line.

Hours are those of the nightly run: the value labelled t is the mean of what was measured after
t - 1 h, up to and including t. Readings newer than the run move the line's issue time to the label
of the newest, and its window of 168 hours with it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from api.errors import InvalidError, Refusal
from api.http.conditional import digest
from forecasts.forecast import dumps
from forecasts.parameter import PARAMETERS
from forecasts.run import HISTORY_HOURS
from forecasts.times import from_text, utc_text
from forecasts.units import Conversion, conversion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.schemas.requests import Observation, PlaceBody
    from forecasts.item import TransformLine

#: How far the clock of a caller may be ahead.
_AHEAD = timedelta(minutes=5)
_HOUR_SECONDS = 3600


class Reading(NamedTuple):
    """One reading that was found good.

    Attributes:
        parameter: Its code.
        hour: Label of its hour, in hours since 1970 UTC.
        value: In the catalogue's unit.
    """

    parameter: str
    hour: int
    value: float


def merge(line: TransformLine, observations: Sequence[Observation], now: datetime) -> TransformLine:
    """Put fresh readings into the line of a station; without any it stays as it is.

    Of the hours that readings are of, their mean counts, whatever the line held.

    Args:
        line: Of the published run.
        observations: What the caller sent.
        now: Aware time.

    Raises:
        InvalidError: A reading is of the future, older than the window, implausible, in
            a unit that its parameter does not have, or there twice.
    """
    _check_repeated(observations)
    readings = [_reading(i, observation, now) for i, observation in enumerate(observations)]
    issued = _hours(from_text(line["issue_time"]))
    newest = max((reading.hour for reading in readings), default=issued)
    issue = max(issued, newest)
    _check_age(readings, issue)
    history = {c: _moved(series, issue - issued) for c, series in line["history"].items()}
    for (code, hour), value in _means(readings).items():
        history.setdefault(code, [None] * HISTORY_HOURS)[HISTORY_HOURS - 1 - (issue - hour)] = value
    return {**line, "issue_time": _text(issue), "history": history}


def line_of(place: PlaceBody, now: datetime) -> TransformLine:
    """Make the line of a place without a station.

    Args:
        place: What the caller sent.
        now: Aware time.

    Raises:
        InvalidError: The issue time is not a whole hour or lies in the future, or a
            value is implausible or in a unit that its parameter does not have.
    """
    issue = _issue(place.issue_time, now)
    history = {
        code: _series(code, place.units.get(code), series) for code, series in place.history.items()
    }
    line: TransformLine = {
        "station_id": "",
        "latitude": place.latitude,
        "longitude": place.longitude,
        "elevation": place.elevation,
        "issue_time": _text(issue),
        "history": history,
    }
    # The answer has to be to this very line, and comes back under this name.
    return {**line, "station_id": f"place-{digest(dumps(line).decode())}"}


def refused(name: str, reason: str) -> InvalidError:
    """Make the error that says why the field *name* of a body is not acceptable."""
    return InvalidError(Refusal("body", name, reason))


def _reading(index: int, observation: Observation, now: datetime) -> Reading:
    name, code = f"observations.{index}", observation.parameter
    time = from_text(observation.time)
    if time > now + _AHEAD:
        raise refused(f"{name}.time", f"{observation.time} lies in the future")
    known = _conversion(f"{name}.unit", code, observation.unit)
    value = _converted(f"{name}.value", code, known, observation.value)
    return Reading(code, _hours(time), value)


def _conversion(name: str, code: str, unit: str | None) -> Conversion:
    expected = PARAMETERS[code].unit
    known = conversion(code, expected if unit is None else unit)
    if known is None:
        raise refused(name, f"{code} is not measured in {unit!r}; its unit is {expected}")
    return known


def _converted(name: str, code: str, known: Conversion, value: float) -> float:
    parameter = PARAMETERS[code]
    converted = value * known.scale + known.offset
    if not parameter.minimum <= converted <= parameter.maximum:
        limits = f"{parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}"
        raise refused(name, f"{code} is not plausible outside of {limits}")
    return converted


def _series(code: str, unit: str | None, series: Iterable[float | None]) -> list[float | None]:
    known = _conversion(f"units.{code}", code, unit)
    decimals = PARAMETERS[code].decimals
    values = [
        None
        if value is None
        else round(_converted(f"history.{code}.{i}", code, known, value), decimals) + 0.0
        for i, value in enumerate(series)
    ]
    return [None] * (HISTORY_HOURS - len(values)) + values


def _check_repeated(observations: Iterable[Observation]) -> None:
    seen: dict[tuple[str, datetime], int] = {}
    for index, observation in enumerate(observations):
        key = observation.parameter, from_text(observation.time)
        if key in seen:
            reason = f"same parameter and time as observations.{seen[key]}"
            raise refused(f"observations.{index}", reason)
        seen[key] = index


def _check_age(readings: Iterable[Reading], issue: int) -> None:
    for index, reading in enumerate(readings):
        if reading.hour <= issue - HISTORY_HOURS:
            reason = f"not of the {HISTORY_HOURS} hours up to {_text(issue)}"
            raise refused(f"observations.{index}.time", reason)


def _means(readings: Iterable[Reading]) -> Mapping[tuple[str, int], float]:
    values: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    for reading in readings:
        values[reading.parameter, reading.hour].append(reading.value)
    return {
        key: round(sum(several) / len(several), PARAMETERS[key[0]].decimals) + 0.0  # no minus zero
        for key, several in values.items()
    }


def _moved(series: list[float | None], hours: int) -> list[float | None]:
    gone = min(hours, HISTORY_HOURS)
    return series[gone:] + [None] * gone


def _issue(text: str | None, now: datetime) -> int:
    if text is None:
        return int(now.timestamp()) // _HOUR_SECONDS
    time = from_text(text)
    if time.timestamp() % _HOUR_SECONDS:
        raise refused("issue_time", f"{text} is not a whole hour")
    if time > now + _AHEAD:
        raise refused("issue_time", f"{text} lies in the future")
    return _hours(time)


def _hours(time: datetime) -> int:
    """Label of the hour of *time*: the next full hour, unless it is one."""
    return -(-int(time.timestamp() * 1000) // (_HOUR_SECONDS * 1000))


def _text(hours: int) -> str:
    return utc_text(datetime.fromtimestamp(hours * _HOUR_SECONDS, UTC))
