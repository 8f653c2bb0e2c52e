"""Clocks of a zone: local times become instants, also in the nights in which clocks change.

An hour that a clock shows twice is told apart by the order of the lines: once the time of a station
has gone back or stood still in it, its later lines are of the second time.
"""

import re
from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from batch_jobs.feeds.plain_csv.times import DAY, HOUR, MINUTE, NO_TIME

_OFFSET = re.compile(r"([-+])(\d{2}):?(\d{2})")


class Instants(NamedTuple):
    """Microseconds since 1970 UTC of local times; `NO_TIME` for a time that does not exist.

    Attributes:
        first: The first time that the clock showed it.
        last: The last time; another one only in the hour that a clock shows twice.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]


def offset_of(zone: str) -> int | None:
    """Return the microseconds that a zone such as `+01:00` is ahead of UTC; None for others.

    >>> offset_of("+05:30"), offset_of("Europe/Berlin")
    (19800000000, None)
    """
    found = _OFFSET.fullmatch(zone)
    if not found:
        return None
    size = int(found[2]) * HOUR + int(found[3]) * MINUTE
    return -size if found[1] == "-" else size


def instants_of(local: NDArray[np.int64], zone: str) -> Instants:
    """Return the instants of local times.

    Args:
        local: Microseconds since 1970 by the clock; `NO_TIME` stays so.
        zone: An IANA name, or an offset such as `+01:00`.
    """
    offset = offset_of(zone)
    if offset is not None:
        fixed = np.where(local == NO_TIME, NO_TIME, local - offset)
        return Instants(fixed, fixed)
    times = pl.Series(local).set(pl.Series(local == NO_TIME), None).cast(pl.Datetime("us"))
    first, last = (
        times.dt.replace_time_zone(zone, ambiguous=which, non_existent="null")
        .dt.epoch("us")
        .fill_null(NO_TIME)
        .to_numpy()
        for which in ("earliest", "latest")
    )
    return Instants(first, last)


def second_times(rows: Iterable[tuple[Hashable, int]]) -> list[bool]:
    """Tell which rows of an hour that a clock shows twice are of the second time.

    Args:
        rows: Series and local microseconds of each row, in order of time.
    """
    before: dict[Hashable, tuple[int, bool]] = {}
    seconds = []
    for series, local in rows:
        last, second = before.get(series, (NO_TIME, False))
        second = last // DAY == local // DAY and (second or local <= last)
        before[series] = local, second
        seconds.append(second)
    return seconds
