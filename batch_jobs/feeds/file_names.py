"""Names of files of readings: the time of the fetch or import, such as `20261128T070512Z.parquet`.

Files are read in order of their names, so a correction is read after what it corrects, and wins.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

_FORM = "%Y%m%dT%H%M%SZ"
_SECOND = timedelta(seconds=1)


def names_after(folder: str, names: Iterable[str], now: datetime) -> Iterator[str]:
    """Yield names for a new file, the first choice first.

    Args:
        folder: Of the file.
        names: The files that are there; all new names come after them, because a clock that was
            ahead must not make older readings win for ever.
        now: Aware; the time.
    """
    time = max([now.astimezone(UTC), *(time_of(name) + _SECOND for name in names)])
    while True:
        yield f"{folder}/{time:{_FORM}}.parquet"
        time += _SECOND


def time_of(name: str) -> datetime:
    """Return the time in a file's name; the oldest one if there is none, or an impossible one.

    >>> time_of("date=2026-11-28/20261128T070512Z_0123456789ab.parquet").isoformat()
    '2026-11-28T07:05:12+00:00'
    """
    text = name.rpartition("/")[2][: len("20261128T070512Z")]
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
