"""Times: aware UTC inside, RFC 3339 with a Z outside."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

HOUR = timedelta(hours=1)


def utc_now() -> datetime:
    """Return the current time, aware UTC: the clock that entry points pass to all other code."""
    return datetime.now(UTC)  # noqa: TID251 -- the one clock


@lru_cache(maxsize=64)  # a night writes the same few times into every forecast
def utc_text(time: datetime) -> str:
    """Write an aware time as RFC 3339 UTC, to the second.

    >>> utc_text(datetime(2013, 12, 30, tzinfo=UTC))
    '2013-12-30T00:00:00Z'
    """
    # strftime writes a year before 1000 with fewer than four digits.
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def from_text(text: str) -> datetime:
    """Read an RFC 3339 time with a time zone.

    Raises:
        ValueError: *text* is not such a time, or has no time zone.

    >>> from_text("2013-12-30T01:00:00+01:00")
    datetime.datetime(2013, 12, 30, 0, 0, tzinfo=datetime.timezone.utc)
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write 2013-12-30T00:00:00Z")
    return time.astimezone(UTC)
