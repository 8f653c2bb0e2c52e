"""Days: which files may hold the readings of a window, judging by the names of their folders.

| part of a path                          | the file's readings are of             |
|-----------------------------------------|----------------------------------------|
| `date=2026-11-28/`                      | this day                               |
| `year=2026/`, `month=11/` and `day=28/` | this year, month or day                |

A day may be in any time zone, so it begins a day early and ends a day late. All other files may
hold anything. A listing in order of names need not go through the days before and after.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from batch_jobs.observations.window import LAST_SECOND, Window

_DAY = timedelta(days=1)
_NAMED = re.compile(r"date=\d{4}-\d\d-\d\d|year=\d{4}|month=\d\d|day=\d\d")


class Days(NamedTuple):
    """Days that are wanted, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, window: Window) -> "Days":
        """Return the days on which a reading of a window may have been taken, somewhere on Earth.

        >>> Days.of(Window(1385596800, 1386201600))
        Days(first=datetime.date(2013, 11, 27), last=datetime.date(2013, 12, 6))
        """
        first = datetime.fromtimestamp(max(window.after, 0), UTC).date()
        last = datetime.fromtimestamp(min(window.until, LAST_SECOND), UTC).date()
        return cls(first - _DAY, last + _DAY)

    def may_include(self, name: str) -> bool:
        """Tell whether a file or folder may hold readings of these days."""
        return self._outside(name) is None

    def next_name(self, name: str) -> str:
        """Return a name after which a listing may go on.

        Args:
            name: The last name of the listing so far.

        Returns:
            *name* itself, or a later one if all names between them are of other days.

        >>> days = Days(date(2026, 11, 19), date(2026, 11, 29))
        >>> days.next_name("a/date=2013-01-01/b.csv"), days.next_name("a/date=2027-01-01/b.csv")
        ('a/date=2026-11-19', 'a/date>')
        """
        outside = self._outside(name)
        if outside is None:
            return name
        folder, part, days = outside
        key = part.partition("=")[0]
        if days.first > self.last:
            return f"{folder}{key}>"  # comes after every `key=`
        wanted = {
            "date": self.first.isoformat(),
            "year": f"{self.first.year:04}",
            "month": f"{self.first.month:02}",
            "day": f"{self.first.day:02}",
        }
        return f"{folder}{key}={wanted[key]}"

    @classmethod
    def named(cls, name: str) -> "Days | None":
        """Return the days that the folders of a path name; None if they name none.

        >>> Days.named("year=2026/month=02/a.csv")
        Days(first=datetime.date(2026, 2, 1), last=datetime.date(2026, 2, 28))
        >>> Days.named("locationid=7/a.csv")
        """
        found: dict[str, int] = {}
        parts = (_days_of(part, found) for part in name.split("/")[:-1])
        return max(filter(None, parts), default=None)  # of the innermost folder, the shortest

    def _outside(self, name: str) -> tuple[str, str, "Days"] | None:
        """Return the first part of a path that is of other days, behind its folder, with its days.

        None if there is no such part.
        """
        found: dict[str, int] = {}
        folder = ""
        for part in name.split("/")[:-1]:
            days = _days_of(part, found)
            if days and (days.last < self.first or days.first > self.last):
                return folder, part, days
            folder += f"{part}/"
        return None


#: Every day.
ALL_DAYS = Days(date.min, date.max)


def _days_of(part: str, found: dict[str, int]) -> Days | None:
    """Return the days of a part of a path; *found* has the numbers of the parts before it."""
    if not _NAMED.fullmatch(part):
        return None
    key, _, text = part.partition("=")
    try:
        if key == "date":
            day = date.fromisoformat(text)
            return Days(day, day)
        found[key] = int(text)
        return _days_of_numbers(found)
    except (ValueError, KeyError):
        return None


def _days_of_numbers(found: dict[str, int]) -> Days:
    year, month, day = found["year"], found.get("month"), found.get("day")
    first = date(year, month or 1, day or 1)
    last_month = month or 12
    return Days(first, date(year, last_month, day or monthrange(year, last_month)[1]))
