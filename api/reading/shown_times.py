"""The times of an answer as its reader wants them: in a time zone, or as seconds since 1970."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from api.schemas.forecast_queries import ShownQuery
from forecasts.times import from_text


def shown_times(
    times: Iterable[str], answer: Mapping[str, Any], wanted: ShownQuery
) -> list[str] | list[int]:
    """Write times (RFC 3339, UTC) as wanted; *answer* has the station's own time zone."""
    if wanted.timeformat == "unix":
        return [int(from_text(time).timestamp()) for time in times]
    zone = answer["station"]["timezone"] if wanted.tz == "station" else wanted.tz
    if zone == "UTC":
        return list(times)
    info = ZoneInfo(zone)
    return [from_text(time).astimezone(info).isoformat() for time in times]
