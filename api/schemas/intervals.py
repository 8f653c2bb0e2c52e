"""Times and intervals as OGC API writes them: `2026-11-29T06:00Z`, `2026-11-29T06:00Z/..`."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from forecasts.times import from_text

#: Begin and end of an interval, aware UTC; None stands for an open end.
Interval = tuple[datetime | None, datetime | None]

#: The most times of one list, and of one repeating interval.
MOST_TIMES = 1000

#: An open end; OGC API Common takes both.
_OPEN = ("..", "")
_REPEATING = re.compile(r"R(\d{1,4})/([^/]+)/P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?")


def intervals_of(text: str) -> list[Interval]:
    """Read a time, a list of times, an interval or a repeating interval; a time is its own end.

    >>> intervals_of("../2026-11-29T06:00:00Z")
    [(None, datetime.datetime(2026, 11, 29, 6, 0, tzinfo=datetime.timezone.utc))]

    Raises:
        ValueError: *text* is something else; says what to write.
    """
    repeating = _REPEATING.fullmatch(text)
    if repeating:
        return list(_repeated(*repeating.groups()))
    begin, slash, end = text.partition("/")
    if not slash:
        times = text.split(",")
        if len(times) > MOST_TIMES:
            raise ValueError(f"{len(times)} times; give at most {MOST_TIMES}")
        return [(time, time) for time in map(_time, times)]
    if begin in _OPEN and end in _OPEN:
        raise ValueError("both ends are open; leave datetime out for all times")
    first = None if begin in _OPEN else _time(begin)
    last = None if end in _OPEN else _time(end)
    if first and last and last < first:
        raise ValueError("the interval ends before it begins")
    return [(first, last)]


def is_within(time: datetime, intervals: list[Interval]) -> bool:
    """Whether an aware time is in one of the intervals, their ends included."""
    return any(
        (first is None or first <= time) and (last is None or time <= last)
        for first, last in intervals
    )


def _repeated(
    count: str, begin: str, days: str | None, hours: str | None, minutes: str | None
) -> Iterator[Interval]:
    if int(count) > MOST_TIMES:
        raise ValueError(f"{count} repetitions; give at most {MOST_TIMES}")
    step = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
    if not step:
        raise ValueError("an interval that repeats has a length such as PT3H")
    time = _time(begin)
    for number in range(int(count) + 1):
        try:
            at = time + number * step
        except OverflowError:
            return
        yield at, at


def _time(text: str) -> datetime:
    try:
        # A plus sign that was not escaped arrives as a space: 2026-11-29T06:00:00+01:00. RFC 3339
        # takes small letters, too.
        return from_text(text.strip().replace(" ", "+").upper())
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{text[:40]!r} is no time with a time zone; write 2026-11-29T06:00:00Z, an interval "
            "such as 2026-11-29T06:00:00Z/2026-11-29T12:00:00Z, or .. for an open end"
        ) from error
