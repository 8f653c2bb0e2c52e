"""The observations before a forecast, from the history that the run was made from."""

from collections.abc import Mapping
from typing import Any

from api.reading.selection import shown_units, shown_values
from api.reading.shown_times import shown_times
from api.schemas.forecast_queries import ForecastQuery
from forecasts.errors import FormatError
from forecasts.item import Item, history_of
from forecasts.run import STEP
from forecasts.times import from_text, utc_text


def observed(item: Item | None, answer: Mapping[str, Any], wanted: ForecastQuery) -> dict[str, Any]:
    """Show the last hours of a history.

    Args:
        item: The history; None if the run has none of the station.
        answer: The forecast.
        wanted: How many hours, which parameters, in which units and time zone.

    Returns:
        As in `api.schemas.forecast_responses.Observed`; without parameters if the history cannot be
        read, which is no reason to withhold the forecast.
    """
    history = _history(item)
    codes = [code for code in wanted.parameters or history if code in history]
    end = from_text(answer["run"]["issued_at"])
    hours = range(1 - wanted.observed, 1)
    return {
        "time": shown_times([utc_text(end + hour * STEP) for hour in hours], answer, wanted),
        "units": shown_units(codes, wanted),
        "values": {c: shown_values(c, history[c][-wanted.observed :], wanted) for c in codes},
    }


def _history(item: Item | None) -> dict[str, list[float | None]]:
    try:
        return history_of(item)["history"] if item else {}
    except FormatError:
        return {}
