"""The window: the requested hours, and the hour that a reading belongs to.

The hour labelled t is the time after t - 1 h, up to and including t. So the hour labelled with the
issue time contains nothing that was measured later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batch_jobs.errors import WindowError

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

# Functions that read no observations list the files, and have no numpy in their bundle.

HOUR_SECONDS = 3600
#: Times are kept in 32 bits: 1970 to 2106.
LAST_SECOND = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Window:
    """The seconds since 1970 UTC with `after < second <= until`.

    Attributes:
        after: Readings up to this second are too old.
        until: Readings after this second are too new; also the label of the last hour.
    """

    after: int
    until: int

    @property
    def hours(self) -> int:
        """Number of hours."""
        return (self.until - self.after) // HOUR_SECONDS

    def covers(self, seconds: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each time whether it lies in the window."""
        return (seconds > self.after) & (seconds <= self.until)

    def hour_of(self, seconds: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the index of the hour of each time in the window, 0 for the oldest."""
        return self.hours - 1 - (self.until - seconds) // HOUR_SECONDS

    def narrowed(self, first: int, last: int, *, end_given: bool, hours: int | None) -> Window:
        """Return the window with the bounds that were left open set by the readings.

        Args:
            first: Time of the oldest reading, seconds since 1970.
            last: Time of the newest reading.
            end_given: Whether the request set an end.
            hours: Number of requested hours, if the request set it.
        """
        until = self.until if end_given else -(-last // HOUR_SECONDS) * HOUR_SECONDS
        length = hours if hours is not None else (until - first) // HOUR_SECONDS + 1
        return Window(until - length * HOUR_SECONDS, until)


def asked_window(end: datetime | None, hours: int | None) -> Window:
    """Return the widest window that *end* and *hours* allow.

    Args:
        end: Aware; label of the last hour. None for no limit.
        hours: How many hours up to *end*. None for no limit.

    Raises:
        WindowError: *end* has no time zone, or *hours* is less than 1.
    """
    if end is not None and end.tzinfo is None:
        raise WindowError(f"end {end.isoformat()} has no time zone")
    if hours is not None and hours < 1:
        raise WindowError(f"hours must be at least 1, not {hours}")
    until = LAST_SECOND if end is None else int(end.timestamp())
    after = -1 if end is None or hours is None else until - hours * HOUR_SECONDS
    return Window(after, until)
