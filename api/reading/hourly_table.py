"""Forecasts as rows: one for each parameter and hour.

After the quantiles come the chance, empty for a parameter that has none, and what has forecast the
parameter, empty for the run's model. Columns keep their places: new ones come last, and those that
a request asks for after all others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.reading.selection import ABOVE
from api.schemas.forecast_queries import ForecastFilter
from forecasts.run import CHANCE, QUANTILES

Row = tuple[object, ...]


def columns(wanted: ForecastFilter) -> Row:
    """Return the names of the columns."""
    levels = (name for name in QUANTILES if name in wanted.quantiles)
    above = [] if wanted.above is None else [ABOVE]
    zone = ["timezone"] if wanted.format == "excel" else []
    return ("station_id", "time", "parameter", "unit", *levels, CHANCE, "model", *above, *zone)


def rows(answer: Mapping[str, Any], wanted: ForecastFilter) -> Iterator[Row]:
    """Write an answer as rows; times for Excel without their zone, which has a column then."""
    station, models = answer["station"], answer.get("models", {})
    times, zone = answer["time"], []
    if wanted.format == "excel":
        times = [f"{time[:10]} {time[11:16]}" for time in times]
        zone = [station["timezone"] if wanted.tz == "station" else wanted.tz]
    without = [None] * len(times)
    levels = [name for name in QUANTILES if name in wanted.quantiles]
    for code, forecast in answer["values"].items():
        series = [*(forecast[level] for level in levels), forecast.get(CHANCE, without)]
        series += [[models.get(code)] * len(times)]
        series += [] if wanted.above is None else [forecast[ABOVE]]
        unit = answer["units"][code]
        for time, *values in zip(times, *series, strict=True):
            yield station["id"], time, code, unit, *values, *zone


def several_rows(
    answers: Iterable[Mapping[str, Any]],
    wanted: ForecastFilter,
    distances: Sequence[float | None] | None = None,
) -> Iterator[Row]:
    """Write the header and the rows of several answers.

    A station or parameter without a forecast has a row without values, whose last column says why,
    so that it is not lost.

    Args:
        answers: Answers, and errors in the places of answers.
        wanted: What was asked for.
        distances: The distance of each station from a place, in kilometres.
    """
    own = columns(wanted)
    yield *own, "missing", *([] if distances is None else ["distance_km"])
    for number, answer in enumerate(answers):
        distance = [] if distances is None else [distances[number]]
        for row in () if "error" in answer else rows(answer, wanted):
            yield *row, None, *distance
        for code, reason in _missing(answer).items():
            empty = [None] * (len(own) - 3)
            yield answer["station"]["id"], None, code, *empty, reason, *distance


def _missing(answer: Mapping[str, Any]) -> dict[str | None, str]:
    """Return why there is no forecast of some parameters, or of the station."""
    if "error" in answer:
        return {None: answer["error"]["type"].removeprefix("/problems/")}
    return dict(answer["missing"])
