"""The observations before a forecast, from the history that the run was made from."""

from collections.abc import Mapping
from typing import Any

from api.reading.selection import in_zone
from api.schemas.queries import ForecastQuery
from forecasts.errors import FormatError
from forecasts.item import Item, history_of
from forecasts.parameter import PARAMETERS
from forecasts.run import STEP
from forecasts.times import from_text, utc_text


def observed(item: Item | None, answer: Mapping[str, Any], wanted: ForecastQuery) -> dict[str, Any]:
    """Show the last hours of a history.

    Args:
        item: The history; None if the run has none of the station.
        answer: The forecast.
        wanted: How many hours, which parameters, in which time zone.

    Returns:
        As in `api.schemas.forecast_responses.Observed`; without parameters if the history cannot be
        read, which is no reason to withhold the forecast.
    """
    history = _history(item)
    codes = wanted.parameters or tuple(history)
    end = from_text(answer["run"]["issued_at"])
    hours = range(1 - wanted.observed, 1)
    return {
        "time": in_zone([utc_text(end + hour * STEP) for hour in hours], answer, wanted),
        "units": {code: PARAMETERS[code].unit for code in codes if code in history},
        "values": {code: history[code][-wanted.observed :] for code in codes if code in history},
    }


def _history(item: Item | None) -> dict[str, list[float | None]]:
    try:
        return history_of(item)["history"] if item else {}
    except FormatError:
        return {}
