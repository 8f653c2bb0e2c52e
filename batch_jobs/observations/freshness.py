"""Freshness: how old the newest reading of each series is, counted by source and country.

A source that is late costs forecasts, so people want to know which one it was and since when.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.quantities import CODES
from batch_jobs.observations.readings import Kept
from batch_jobs.observations.report import Freshness
from batch_jobs.observations.stations import Stations
from batch_jobs.observations.window import HOUR_SECONDS
from forecasts.run import MAX_AGE_HOURS
from forecasts.times import utc_text

#: Sources report hourly, and some an hour or two late.
FRESH_HOURS = 3


class _Series(NamedTuple):
    """The series of a source: station numbers, and the second of the newest reading of each."""

    stations: NDArray[np.int64]
    newest: NDArray[np.int64]


def freshness(kept: Sequence[Kept], stations: Stations, until: int) -> list[Freshness]:
    """Count the series of each source and country by the age of their newest reading.

    Args:
        kept: Readings of stations whose coordinates are known, up to *until*.
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
    for source in sorted({table.source for table in kept}):
        series = _series([table for table in kept if table.source == source], len(countries))
        country = places[series.stations]
        for number in np.unique(country).tolist():
            newest = series.newest[country == number]
            found.append(_counted(source, names[number], newest, until))
    return found


def _series(tables: Sequence[Kept], stations: int) -> _Series:
    newest = np.zeros(stations * len(CODES), dtype=np.int64)
    for table in tables:
        np.maximum.at(newest, table.stations * len(CODES) + table.parameters, table.seconds)
    met = np.flatnonzero(newest)
    return _Series(met // len(CODES), newest[met])


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
