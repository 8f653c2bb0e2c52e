"""Something to do at ten past each hour, in a thread beside a server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

from batch_jobs.feeds.http import Timer
from forecasts.times import HOUR

#: The routine reports of an hour have come by then.
PAST_HOUR = timedelta(minutes=10)
#: Seconds of a wait, at most: a machine that slept notices that it is late.
_STEP = 60.0
#: Seconds that work under way gets to end. What it leaves is complete, and the next start goes on.
_PATIENCE = 3.0


class StoppedError(Exception):
    """The work is to end, because the server does."""


def next_time(now: datetime) -> datetime:
    """Return the next time to work at.

    >>> from datetime import UTC
    >>> next_time(datetime(2026, 11, 28, 12, 10, tzinfo=UTC)).isoformat()
    '2026-11-28T13:10:00+00:00'
    >>> next_time(datetime(2026, 11, 28, 12, 9, tzinfo=UTC)).isoformat()
    '2026-11-28T12:10:00+00:00'
    """
    this_hour = now.replace(minute=0, second=0, microsecond=0) + PAST_HOUR
    return this_hour if now < this_hour else this_hour + HOUR


def work_hourly(
    work: Callable[[], object],
    clock: Callable[[], datetime],
    wait: Callable[[float], bool],
    failed: Callable[[Exception], object],
    *,
    at_once: bool,
) -> None:
    """Work at ten past each hour until told to stop.

    Args:
        work: Does it.
        clock: Gives the aware time.
        wait: Waits for so many seconds; returns whether to stop.
        failed: Takes what was raised; the next hour is another try.
        at_once: Work also at the begin.
    """
    due = clock() if at_once else next_time(clock())
    while True:
        while (now := clock()) < due:
            due = min(due, next_time(now))  # the clock may have been set back
            if wait(min((due - now).total_seconds(), _STEP)):
                return
        try:
            work()
        except StoppedError:
            return
        except Exception as error:  # noqa: BLE001 -- whatever it is, it must cost this hour only
            failed(error)
        due = next_time(clock())


@contextmanager
def hourly(
    work: Callable[[Timer], object],
    clock: Callable[[], datetime],
    failed: Callable[[Exception], object],
    *,
    at_once: bool,
) -> Iterator[None]:
    """Work at ten past each hour, in a thread, until the block ends.

    Args:
        work: Does it; waits with the timer that it gets, so that it can be stopped.
        clock: Gives the aware time.
        failed: Takes what was raised.
        at_once: Work also at the begin.
    """
    stop = Event()

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise StoppedError

    arguments = (lambda: work(Timer(sleep=sleep)), clock, stop.wait, failed)
    options = {"at_once": at_once}
    thread = Thread(target=work_hourly, args=arguments, kwargs=options, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_PATIENCE)
