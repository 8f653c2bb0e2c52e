"""A part of a stored answer: some parameters, hours and quantiles, in the units that are wanted."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, repeat
from json import loads
from typing import Any, cast

from api.reading.daily import daily
from api.reading.shown_times import shown_times
from api.schemas.forecast_queries import ForecastFilter, PartQuery, ShownQuery, SummaryQuery
from forecasts.errors import FormatError
from forecasts.exceedance import chance_above
from forecasts.gzip_bodies import decompress
from forecasts.run import CHANCE, LEAD_HOURS, QUANTILES
from forecasts.units import shown_unit

#: Why a requested parameter is missing, if the run gives no reason.
NOT_FORECAST_HERE = "not_forecast_here"

#: The name of the series of chances above a threshold, and of the thresholds.
ABOVE = "above"


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
    answer = read(stored)
    selected = cut(answer, wanted)
    return {**selected, "daily": daily(answer, wanted)} if wanted.daily else selected


def summarize(stored: bytes, wanted: SummaryQuery) -> dict[str, Any]:
    """Read a stored body, and say what it says about days.

    Args:
        stored: Body of a forecast item: JSON, gzip.
        wanted: Which parameters, in which units and time zone.

    Returns:
        As in `api.schemas.forecast_responses.SummaryResponse`.

    Raises:
        FormatError: *stored* is damaged.
    """
    answer = read(stored)
    shown = _shown(answer, wanted)
    of_days = {name: each for name, each in shown.items() if name not in _OF_HOURS}
    return {**of_days, "daily": daily(answer, wanted)}


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


#: Fields of an answer that a summary does not have.
_OF_HOURS = {"time", "values", "chance_24h"}

#: Fields of an answer that have something of some parameters, and are not there if of none.
_OF_SOME = ("chance_24h", "models")


def cut(answer: Mapping[str, Any], wanted: PartQuery) -> dict[str, Any]:
    """Take the wanted part of an answer; other fields stay as they are."""
    shown = _shown(answer, wanted)
    series = {code: _cut(code, answer["values"][code], wanted) for code in shown["units"]}
    times = shown_times(answer["time"][: wanted.hours], answer, wanted)
    above = dict.fromkeys(series, wanted.above) if wanted.above is not None else {}
    return {**shown, "time": times, "values": series, **({ABOVE: above} if above else {})}


def _shown(answer: Mapping[str, Any], wanted: ShownQuery) -> dict[str, Any]:
    """Leave only what is about wanted parameters; the hours stay as they are."""
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
        "units": shown_units((code for code in codes if code in values), wanted),
        **kept,
        "missing": {c: missing.get(c, NOT_FORECAST_HERE) for c in codes if c not in values},
    }


def shown_units(codes: Iterable[str], wanted: ShownQuery) -> dict[str, str]:
    """Name the unit of each parameter."""
    return {code: shown_unit(code, wanted.units).unit for code in codes}


def shown_values(
    code: str, values: Sequence[float | None], wanted: ShownQuery
) -> Sequence[float | None]:
    """Convert values of a parameter from the catalogue's unit; None stays None."""
    unit = shown_unit(code, wanted.units)
    if unit.conversion is None:
        return values
    return [None if value is None else unit.show(value) for value in values]


def _cut(
    code: str, forecast: Mapping[str, Sequence[float | None]], wanted: PartQuery
) -> dict[str, Sequence[float | None]]:
    values = {
        name: shown_values(code, forecast[name][: wanted.hours], wanted)
        for name in wanted.quantiles
    }
    chances = {CHANCE: forecast[CHANCE][: wanted.hours]} if CHANCE in forecast else {}
    return values | chances | _above(code, forecast, wanted)


def _above(
    code: str, forecast: Mapping[str, Sequence[float | None]], wanted: PartQuery
) -> dict[str, Sequence[float | None]]:
    """Make the chances of values above the threshold, if there is one.

    They are made of the stored values, which are more exact than those in other units.
    """
    if wanted.above is None:
        return {}
    # 95 °F is 35 °C, and not a last bit less.
    threshold = round(shown_unit(code, wanted.units).read(wanted.above), 6)
    # Only an answer of several parameters has hours without a value.
    series = cast("list[Sequence[float]]", [forecast[name] for name in QUANTILES])
    hours = zip(*series, strict=True)
    wet = forecast.get(CHANCE, [None] * LEAD_HOURS)
    chances = map(chance_above, repeat(threshold), hours, wet)
    return {ABOVE: list(islice(chances, wanted.hours))}
