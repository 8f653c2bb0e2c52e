"""Groups: how the making of a set is cut into tasks, each with its own files, stations and hours.

A group is a share of the stations in one month. A share is chosen by a hash of the station's id,
and there are as many as a task's memory demands, however many stations there are. A month that is
over gets no new files, so its groups are read once.

Files of OpenAQ's archive belong to one station, and go to one share. Any other file may have
readings of every station, and is read for each share.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from batch_jobs.observations.days import Days
from batch_jobs.observations.files import File
from batch_jobs.observations.openaq_archive import day_of, location_of
from batch_jobs.observations.window import HOUR_SECONDS, Window
from model.stations import share_of

#: Stations of a group, so that a task needs less than 1 GB: `bench/training_sets.py` measures it.
MOST_STATIONS = {"month": 2_500, "year": 200}

_DAY = timedelta(days=1)


class Shape(NamedTuple):
    """How the groups of a set are cut.

    Attributes:
        period: What a group covers. A year if there are files whose names say nothing of their
            days: they would be read for each month.
        shares: Into how many shares the stations are divided.
    """

    period: Literal["month", "year"]
    shares: int

    @classmethod
    def of(cls, files: Iterable[File], stations: int, old: "Shape | None") -> "Shape":
        """Return the shape for some files and stations, the old one as long as it will do.

        With another one, everything has to be read again.
        """
        undated = any(days_of(file.name) is None for file in files)
        period: Literal["month", "year"] = "year" if undated else "month"
        shares = max(1, -(-stations // MOST_STATIONS[period]))
        if old is not None and old.period == period and old.shares >= shares:
            return old
        return cls(period, shares)


@dataclass(frozen=True, slots=True)
class Share:
    """Some of all stations, by a hash of the id that is the same on every machine.

    Attributes:
        number: Which of the shares, from 0.
        of: How many there are.
        without: Stations that are left out, for another reason.
    """

    number: int
    of: int
    without: frozenset[str] = frozenset()

    def __contains__(self, station_id: object) -> bool:
        """Tell whether a station belongs to the share."""
        return share_of(str(station_id), self.of) == self.number and station_id not in self.without


class Group(NamedTuple):
    """What one task makes.

    Attributes:
        name: Unique and stable, such as `2024-06-0003`.
        window: Its hours.
        share: Number of its share of the stations.
        files: Those that may have readings of it.
    """

    name: str
    window: Window
    share: int
    files: Sequence[File]

    def inputs(self, *others: Any) -> str:
        """Return a check sum of everything that the group is made of.

        Args:
            others: What else decides its content, as JSON.
        """
        bounds = (self.window.after, self.window.until)
        return hashlib.sha256(
            json.dumps([self.name, bounds, self.files, others]).encode()
        ).hexdigest()


def days_of(name: str) -> Days | None:
    """Return the days whose readings a file has, by its name; None if that does not say."""
    day = day_of(name)
    return Days.named(name) if day is None else Days(day, day)


def groups_of(files: Sequence[File], shape: Shape, asked: Window) -> list[Group]:
    """Cut the making of a set into groups, in order of name.

    Args:
        files: All files of observations, in order of name.
        shape: How to cut.
        asked: The hours of the set. Both bounds are full hours; files without a day are read for
            all periods between them.
    """
    found: dict[tuple[str, int], list[File]] = {}
    periods = _periods(files, shape, asked)
    for file in files:
        station_id = location_of(file.name)
        shares = range(shape.shares) if station_id is None else [share_of(station_id, shape.shares)]
        days = days_of(file.name)
        # A day in some time zone begins a day early and ends a day late.
        names = periods if days is None else _names(days.first - _DAY, days.last + _DAY, shape)
        for name in names:
            for share in shares if name in periods else ():
                found.setdefault((name, share), []).append(file)
    return [
        Group(f"{name}-{share:04}", periods[name], share, found[name, share])
        for name, share in sorted(found)
    ]


def _periods(files: Sequence[File], shape: Shape, asked: Window) -> dict[str, Window]:
    """Return the hours of each period that is asked for and that files may have readings of."""
    first, last = _day(asked.after + HOUR_SECONDS), _day(asked.until)
    dated = [days for file in files if (days := days_of(file.name))]
    if len(dated) == len(files):
        first = max(first, min(days.first for days in dated) - _DAY)
        last = min(last, max(days.last for days in dated) + _DAY)
    return {
        name: Window(max(window.after, asked.after), min(window.until, asked.until))
        for name in _names(first, last, shape)
        for window in [_window(name)]
    }


def _names(first: date, last: date, shape: Shape) -> Collection[str]:
    """Return the names of the periods that some days touch: `2024`, or `2024-06`."""
    if shape.period == "year":
        return [f"{year:04}" for year in range(first.year, last.year + 1)]
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in months]


def _window(name: str) -> Window:
    """Return the hours whose labels lie in a period."""
    year, month = int(name[:4]), int(name[5:] or 1)
    later = (year + 1, 1) if not name[5:] or month == 12 else (year, month + 1)  # noqa: PLR2004 -- December
    begin, end = (datetime(*each, 1, tzinfo=UTC) for each in ((year, month), later))
    return Window(int(begin.timestamp()) - HOUR_SECONDS, int(end.timestamp()) - HOUR_SECONDS)


def _day(second: int) -> date:
    return datetime.fromtimestamp(second, UTC).date()
