"""Puts the readings or the history that a caller sends into a transform line.

Hours are labelled as in the nightly run: the value labelled t is the mean, sum, maximum or circular
mean (`Parameter.aggregation`) of the readings after t - 1 h, up to and including t. Readings newer
than the run move the line's issue time to the label of the newest one, and its window of 168 hours
with it. An hour without wind has no wind direction.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from api.errors import InvalidError, Refusal
from api.schemas.digest import digest
from api.schemas.requests import Observation, PlaceBody
from forecasts.circle import circular_mean
from forecasts.forecast import dumps
from forecasts.item import TransformLine
from forecasts.parameter import PARAMETERS, Aggregation, Parameter
from forecasts.run import HISTORY_HOURS
from forecasts.times import from_text, utc_text
from forecasts.units import Conversion, conversion

#: How far a caller's clock may be ahead.
_AHEAD = timedelta(minutes=5)

#: No history is older; an earlier year is a mistake.
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_HOUR_SECONDS = 3600


class Reading(NamedTuple):
    """A checked reading.

    Attributes:
        position: Its place in the request, from 0.
        parameter: Parameter code.
        time: Aware time of the reading.
        value: Value in the catalogue's unit.
    """

    position: int
    parameter: str
    time: datetime
    value: float

    @property
    def hour(self) -> int:
        """Label of its hour, in hours since 1970 UTC."""
        return _hours(self.time)


class Ignored(NamedTuple):
    """A reading from outside the window.

    Attributes:
        name: Field of the request's body.
        reason: Why it is ignored, for people.
    """

    name: str
    reason: str


def merge(
    line: TransformLine, observations: Sequence[Observation], now: datetime
) -> tuple[TransformLine, list[Ignored]]:
    """Put fresh readings into the line of a station; without any it stays as it is.

    The aggregate of an hour's readings replaces the value of that hour in the line; if they make
    none, because directions cancel or there is no wind, it is missing.

    Args:
        line: The transform line of the published run.
        observations: The readings of the request.
        now: Aware time.

    Returns:
        The line, and the readings from outside its window, which are not in it.

    Raises:
        InvalidError: A reading is implausible, in a unit that its parameter does not have, or
            given twice.
    """
    _check_repeated(observations)
    readings = [_reading(i, observation) for i, observation in enumerate(observations)]
    known = [r for r in readings if r.time <= now + _AHEAD]
    issued = _hours(from_text(line["issue_time"]))
    issue = max(issued, *(r.hour for r in known)) if known else issued
    window = range(issue - HISTORY_HOURS + 1, issue + 1)
    used = [r for r in known if r.hour in window]
    history = {c: _moved(series, issue - issued) for c, series in line["history"].items()}
    for (code, hour), value in _hourly(used).items():
        history.setdefault(code, [None] * HISTORY_HOURS)[window.index(hour)] = value
    positions = {r.position for r in used}
    ignored = [_ignored(r, issue) for r in readings if r.position not in positions]
    return {**line, "issue_time": _text(issue), "history": history}, ignored


def line_of(place: PlaceBody, now: datetime) -> TransformLine:
    """Make the line of a place without a station.

    Args:
        place: The body of the request.
        now: Aware time.

    Raises:
        InvalidError: The issue time is not a full hour, is in the future or before 1900, or a value
            is implausible or in a unit that its parameter does not have.
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
    # The endpoint returns this name, which tells that it answered this very line.
    return {**line, "station_id": f"place-{digest(dumps(line).decode())}"}


def refused(name: str, reason: str) -> InvalidError:
    """Make the error that refuses the field *name* of a body."""
    return InvalidError(Refusal("body", name, reason))


def _reading(index: int, observation: Observation) -> Reading:
    name, code = f"observations.{index}", observation.parameter
    known = _conversion(f"{name}.unit", code, observation.unit)
    value = _converted(f"{name}.value", code, known, observation.value)
    return Reading(index, code, from_text(observation.time), value)


def _ignored(reading: Reading, issue: int) -> Ignored:
    old = f"older than the {HISTORY_HOURS} hours up to {_text(issue)}"
    reason = old if reading.hour <= issue - HISTORY_HOURS else "in the future"
    return Ignored(f"observations.{reading.position}.time", reason)


def _conversion(name: str, code: str, unit: str | None) -> Conversion:
    expected = PARAMETERS[code].unit
    known = conversion(code, expected if unit is None else unit)
    if known is None:
        raise refused(name, f"{code} cannot be in {unit!r}; its unit is {expected}")
    return known


def _converted(name: str, code: str, known: Conversion, value: float) -> float:
    parameter = PARAMETERS[code]
    converted = value * known.scale + known.offset
    if not parameter.minimum <= converted <= parameter.maximum:
        limits = f"{parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}"
        raise refused(name, f"{code} is only plausible from {limits}")
    return converted


def _series(code: str, unit: str | None, series: Iterable[float | None]) -> list[float | None]:
    known = _conversion(f"units.{code}", code, unit)
    parameter = PARAMETERS[code]
    values = [
        None
        if value is None
        else parameter.rounded(_converted(f"history.{code}.{i}", code, known, value))
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


#: How the readings of an hour become its value.
_AGGREGATE: Mapping[Aggregation, Callable[[list[float]], float | None]] = {
    "mean": lambda values: sum(values) / len(values),
    "sum": sum,
    "maximum": max,
    "circular mean": circular_mean,
}


def _hourly(readings: Iterable[Reading]) -> Mapping[tuple[str, int], float | None]:
    values: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    for reading in readings:
        values[reading.parameter, reading.hour].append(reading.value)
    return {
        (code, hour): None if _is_calm(code, hour, values) else _value_of(PARAMETERS[code], several)
        for (code, hour), several in values.items()
    }


def _is_calm(code: str, hour: int, values: Mapping[tuple[str, int], Sequence[float]]) -> bool:
    """Tell whether a value is a direction of no wind: instruments then say north, or anything."""
    speeds = values.get(("wind_speed", hour)) if code == "wind_direction" else None
    return speeds is not None and not any(speeds)


def _value_of(parameter: Parameter, several: list[float]) -> float | None:
    value = _AGGREGATE[parameter.aggregation](several)
    return None if value is None else parameter.rounded(value)


def _moved(series: list[float | None], hours: int) -> list[float | None]:
    gone = min(hours, HISTORY_HOURS)
    return series[gone:] + [None] * gone


def _issue(text: str | None, now: datetime) -> int:
    if text is None:
        return int(now.timestamp()) // _HOUR_SECONDS
    time = from_text(text)
    if time.timestamp() % _HOUR_SECONDS:
        raise refused("issue_time", f"{text} is not a full hour")
    if time > now + _AHEAD:
        raise refused("issue_time", f"{text} is in the future")
    if time < _FIRST:
        raise refused("issue_time", f"{text} is before {_FIRST.year}")
    return _hours(time)


def _hours(time: datetime) -> int:
    """Return the label of the hour of *time*: the next full hour, unless it is one."""
    return -(-int(time.timestamp() * 1000) // (_HOUR_SECONDS * 1000))


def _text(hours: int) -> str:
    return utc_text(datetime.fromtimestamp(hours * _HOUR_SECONDS, UTC))
