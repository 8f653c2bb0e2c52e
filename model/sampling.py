"""Which windows a model learns from: a sample of those that can be used.

A window is a station and an issue time. It can be used for a parameter if its history is long
enough to be forecast and at least one of the hours that follow was measured.
"""

import numpy as np
from numpy.typing import NDArray

from model.archive import Archive
from model.features import HISTORY_HOURS, LEAD_HOURS, MAX_AGE_HOURS, MIN_OBSERVATIONS, Floats

#: Stations whose hours are counted at a time, so that counts take little memory.
_STATIONS = 500


def draw_windows(
    archive: Archive,
    index: int,
    issue: NDArray[np.intp],
    count: int,
    random: np.random.Generator,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Draw usable windows, evenly over stations, months and hours of the day.

    The usable windows are put in order by station, month, hour of the day and time. The order is
    cut into as many equal stretches as windows are wanted. From each stretch, one is drawn.

    Args:
        archive: The observations.
        index: Position of the parameter among those of the archive.
        issue: Issue times to draw from, as positions on the time axis.
        count: How many windows to draw; if no more can be used, all of them are returned, by
            station and time.
        random: Decides which.

    Returns:
        Stations and issue times [N], both as positions.
    """
    usable = usable_windows(archive.values[:, index], issue)
    if usable.sum() <= count:
        stations, positions = np.nonzero(usable)
        return stations, issue[positions]
    order = _by_month_and_hour(archive.first_hour + issue)
    ends = np.cumsum(usable.sum(axis=1))
    ranks = _one_of_each_stretch(int(ends[-1]), count, random)
    # Ranks ascend, so those of a station are side by side.
    stops = np.searchsorted(ranks, ends)
    hours = np.empty_like(ranks)
    start = before = 0
    for station, (stop, end) in enumerate(zip(stops.tolist(), ends.tolist(), strict=True)):
        chosen = np.flatnonzero(usable[station, order])[ranks[start:stop] - before]
        hours[start:stop] = issue[order[chosen]]
        start, before = stop, end
    return np.searchsorted(ends, ranks, side="right"), hours


def usable_windows(values: Floats, issue: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which windows can be used, bool [S, I].

    Args:
        values: [S, T], NaN for a missing value.
        issue: [I], positions on the time axis; at least `HISTORY_HOURS` are before each, and at
            least `LEAD_HOURS` after it.
    """
    usable = np.empty((len(values), len(issue)), np.bool_)
    for cut in range(0, len(values), _STATIONS):
        part = values[cut : cut + _STATIONS]
        counts = np.zeros((len(part), part.shape[1] + 1), np.int32)
        np.cumsum(~np.isnan(part), axis=1, out=counts[:, 1:])
        now = counts[:, issue + 1]
        enough = now - counts[:, issue + 1 - HISTORY_HOURS] >= MIN_OBSERVATIONS
        recent = now > counts[:, issue + 1 - MAX_AGE_HOURS]
        followed = counts[:, issue + 1 + LEAD_HOURS] > now
        usable[cut : cut + _STATIONS] = enough & recent & followed
    return usable


def _by_month_and_hour(hours: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the order of *hours* (since 1970) by month of the year, hour of the day, and time."""
    month = hours.astype("datetime64[h]").astype("datetime64[M]").astype(np.int64) % 12
    return np.lexsort((hours, hours % 24, month))


def _one_of_each_stretch(total: int, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Draw one of each of *count* stretches of *total* ranks, which are more, ascending."""
    edges = np.arange(count + 1, dtype=np.int64) * total // count
    return edges[:-1] + (random.random(count) * np.diff(edges)).astype(np.int64)
