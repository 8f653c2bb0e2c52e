"""Times in files: turns text into seconds since 1970 UTC."""

import math
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.rows import BAD_TIME, NO_TIME_ZONE, Coded
from batch_jobs.observations.window import LAST_SECOND


def seconds_of(times: Coded) -> NDArray[np.int64]:
    """Read a column of ISO 8601 times."""
    seconds = np.array([second_of(text) for text in times.texts], dtype=np.int64)
    return seconds[times.codes]


@lru_cache(maxsize=200_000)
def second_of(text: str) -> int:
    """Read an ISO 8601 time, rounded up to a whole second so that it never becomes earlier.

    Returns:
        Seconds since 1970 UTC; `NO_TIME_ZONE` or `BAD_TIME` for a time that cannot be used.

    >>> second_of("1970-01-01T01:00:00+01:00"), second_of("1970-01-01T00:00:00.5Z")
    (0, 1)
    >>> second_of("2013-12-30T00:00:00") == NO_TIME_ZONE, second_of("noon") == BAD_TIME
    (True, True)
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return BAD_TIME
    if time.tzinfo is None:
        return NO_TIME_ZONE
    second = math.ceil(time.timestamp())
    return second if 0 <= second <= LAST_SECOND else BAD_TIME
