"""Pace: threads that share a write rate wait for their turn."""

import threading
import time
from collections.abc import Callable


class Pace:
    """A cap on the write units used per second, shared by threads.

    The units of a write are known only after it, so a thread that has used some waits until the
    rate allows that many. Unused time is not saved up.

    Args:
        rate: Units a second, more than 0.
        sleep: Waits for a number of seconds.
        seconds: Returns the time of a clock that never goes back, in seconds.
    """

    def __init__(
        self,
        rate: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._sleep = sleep
        self._seconds = seconds
        self._lock = threading.Lock()
        self._paid_at = seconds()

    def used(self, units: float) -> None:
        """Wait until the rate allows *units* more, after those of the other threads."""
        with self._lock:
            now = self._seconds()
            self._paid_at = max(self._paid_at, now) + units / self._rate
            wait = self._paid_at - now
        self._sleep(wait)
