"""Freshness: how old the newest reading of each series is, counted by source and country.

A source that is late costs forecasts, so people want to know which one it was and since when.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.report import Freshness
from batch_jobs.observations.series import Series
from batch_jobs.observations.stations import Stations
from batch_jobs.observations.window import HOUR_SECONDS
from forecasts.run import MAX_AGE_HOURS
from forecasts.times import utc_text

#: Sources report hourly, and some an hour or two late.
FRESH_HOURS = 3


def freshness(series: Sequence[Series], stations: Stations, until: int) -> list[Freshness]:
    """Count the series of each source and country by the age of their newest reading.

    Args:
        series: Those of each source, in order of source, with a reading in the window; the
            coordinates of their stations are known.
        stations: Numbers the stations.
        until: The second since 1970 at which the age is taken.

    Returns:
        In order of source and country. A series that two sources have counts for both.
    """
    countries = [
        stations.located(one).country if stations.is_located(one) else "" for one in stations.ids
    ]
    names = sorted(set(countries))
    places = np.array([names.index(country) for country in countries], dtype=np.int64)
    found = []
    for table in series:
        country = places[table.stations]
        for number in np.unique(country).tolist():
            newest = table.newest[country == number]
            found.append(_counted(table.source, names[number], newest, until))
    return found


def _counted(source: str, country: str, newest: NDArray[np.int64], until: int) -> Freshness:
    fresh = int((newest > until - FRESH_HOURS * HOUR_SECONDS).sum())
    recent = int((newest > until - MAX_AGE_HOURS * HOUR_SECONDS).sum())
    return {
        "source": source,
        "country": country,
        "fresh": fresh,
        "stale": recent - fresh,
        "silent": len(newest) - recent,
        "newest": utc_text(datetime.fromtimestamp(int(newest.max()), UTC)),
    }
