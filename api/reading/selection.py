"""A part of a stored answer: some parameters, hours, quantiles; times in a time zone."""

from collections.abc import Iterable, Mapping
from json import loads
from typing import Any
from zoneinfo import ZoneInfo

from api.schemas.queries import ForecastFilter, PartQuery
from forecasts.errors import FormatError
from forecasts.gzip_bodies import decompress
from forecasts.run import CHANCE, QUANTILES
from forecasts.times import from_text

#: Why a requested parameter is missing, if the run gives no reason.
NOT_FORECAST_HERE = "not_forecast_here"

#: Columns of a forecast as CSV, before the quantiles.
COLUMNS = ("station_id", "time", "parameter", "unit")
MODEL = "model"


def select(stored: bytes, wanted: ForecastFilter) -> dict[str, Any]:
    """Read a stored body, and take the wanted part of it.

    Args:
        stored: Body of a forecast item: JSON, gzip.
        wanted: Which part.

    Returns:
        An answer of the same shape as the stored one.

    Raises:
        FormatError: *stored* is damaged.
    """
    return cut(read(stored), wanted)


def read(stored: bytes) -> dict[str, Any]:
    """Read a stored body.

    Args:
        stored: Body of a forecast item: JSON, gzip.

    Raises:
        FormatError: *stored* is damaged.
    """
    try:
        answer: dict[str, Any] = loads(decompress(stored))
    except ValueError as error:
        raise FormatError(f"not a forecast: {error}") from error
    return answer


#: Fields of an answer that have something of some parameters, and are not there if of none.
_OF_SOME = ("chance_24h", "models")


def cut(answer: Mapping[str, Any], wanted: PartQuery) -> dict[str, Any]:
    """Take the wanted part of an answer; other fields stay as they are."""
    values, missing = answer["values"], answer["missing"]
    codes = wanted.parameters or (*values, *missing)
    of_codes = {
        name: {code: answer[name][code] for code in codes if code in answer[name]}
        for name in _OF_SOME
        if name in answer
    }
    kept = {name: each for name, each in of_codes.items() if each}
    return {
        **{name: each for name, each in answer.items() if name not in of_codes or name in kept},
        "time": in_zone(answer["time"][: wanted.hours], answer, wanted),
        "units": {code: answer["units"][code] for code in codes if code in values},
        "values": {code: _cut(values[code], wanted) for code in codes if code in values},
        **kept,
        "missing": {c: missing.get(c, NOT_FORECAST_HERE) for c in codes if c not in values},
    }


def rows(answer: Mapping[str, Any], quantiles: Iterable[str]) -> list[tuple[object, ...]]:
    """Write an answer as a table: a header, then a row for each parameter and hour.

    After the quantiles come the chance, empty for a parameter that has none, and what has forecast
    the parameter, empty for the run's model. New columns come last, so that those before them keep
    their places.
    """
    station_id = answer["station"]["id"]
    levels = [name for name in QUANTILES if name in quantiles]
    table: list[tuple[object, ...]] = [(*COLUMNS, *levels, CHANCE, MODEL)]
    without = [None] * len(answer["time"])
    models = answer.get("models", {})
    for code, forecast in answer["values"].items():
        columns = *(forecast[level] for level in levels), forecast.get(CHANCE, without)
        series = zip(answer["time"], *columns, strict=True)
        unit, model = answer["units"][code], models.get(code)
        table += [(station_id, time, code, unit, *values, model) for time, *values in series]
    return table


def in_zone(times: list[str], answer: Mapping[str, Any], wanted: PartQuery) -> list[str]:
    """Write times (RFC 3339, UTC) in the wanted time zone; *answer* has the station's own."""
    zone = answer["station"]["timezone"] if wanted.tz == "station" else wanted.tz
    if zone == "UTC":
        return times
    info = ZoneInfo(zone)
    return [from_text(time).astimezone(info).isoformat() for time in times]


def _cut(forecast: Mapping[str, list[float]], wanted: PartQuery) -> dict[str, list[float]]:
    names = (*wanted.quantiles, *([CHANCE] if CHANCE in forecast else []))
    return {name: forecast[name][: wanted.hours] for name in names}
