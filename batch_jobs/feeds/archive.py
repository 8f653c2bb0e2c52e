"""Source `openaq-archive`: OpenAQ's history, from its public bucket, for training and backfill.

Files are copied as they are, into the folder of their day: `date=2026-11-20/location-2178-...`.
The archive has a day three days after its end, so it forecasts nothing tonight.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from batch_jobs.errors import FileError, LocationError, SourceError
from batch_jobs.feeds.fetch import NIGHT, Summary
from batch_jobs.feeds.openaq import location_id
from batch_jobs.feeds.openaq_api import Place
from batch_jobs.feeds.openaq_poll import is_alive
from batch_jobs.feeds.source import Tally
from batch_jobs.feeds.stored import Stored
from batch_jobs.feeds.wanted import Everywhere, Stations, Wanted
from batch_jobs.observations.days import Days
from batch_jobs.observations.files import (
    THREADS,
    Bucket,
    Location,
    files_so_far,
    open_location,
)

NAME = "openaq-archive"
BUCKET = "s3://openaq-data-archive/records/csv.gz"

_DAY = timedelta(days=1)
#: Progress is shown after so many months; of more locations only the first ones are named.
_SHOWN = 100
_FEW = 5
_NAME = re.compile(r".*/(location-\d+-(\d{8})\.csv\.gz)")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d\d:\d\d|Z)")
_LATE = (
    "the archive has a day 72 hours after its end, so alone it forecasts nothing tonight: fetch"
    " from a live source, too, such as openaq or iem"
)
_NO_KEY = (
    "names, countries, time zones, owners and licences of locations come from OpenAQ's API: set"
    " OPENAQ_API_KEY to have them; to name the owners is a duty"
)
#: Locations of a choice, from the API; see `batch_jobs.feeds.openaq_poll.listed`.
Listing = Callable[[Wanted], list[Place]]


class _Month(NamedTuple):
    """The files of a location and a month."""

    location: str
    first: date

    @property
    def folder(self) -> str:
        """Where they are in the archive."""
        return f"locationid={self.location}/year={self.first:%Y}/month={self.first:%m}/"


@dataclass
class _Copied:
    """What came of a month."""

    month: _Month
    requests: int
    is_listed: bool = True
    files: list[str] = field(default_factory=list)
    readings: int = 0
    newest: datetime | None = None
    known: int = 0
    failures: list[str] = field(default_factory=list)


def fetch_archive(
    into: str,
    wanted: Wanted,
    now: datetime,
    since: datetime | None,
    tally: Tally,
    listing: Listing | None,
) -> Summary:
    """Copy the files that are not there yet; one that the archive has patched is copied again.

    Args:
        into: Folder or S3 prefix of observations.
        wanted: Which locations.
        now: Aware; the time.
        since: Aware; from when on. None for the days of a night.
        tally: Counts what happens.
        listing: Asks the API for locations; None without a key.

    Returns:
        What was done. An archive that cannot be reached, or locations that cannot be found out, are
        a failure that is named there.

    Raises:
        LocationError: *into* cannot be listed.
        FileError: A file cannot be written, as on a full disk.
    """
    begin = (now - NIGHT if since is None else since).astimezone(UTC)
    # A file has a day of the place's own time, which may be a day off.
    days = Days(begin.date() - _DAY, now.astimezone(UTC).date() + _DAY)
    copies: list[_Copied] = []
    tally.note(_LATE)
    try:
        locations = _locations(into, wanted, days, tally, listing)
        copies.extend(_copies(into, locations, days, tally) if locations else ())
    except SourceError as error:
        tally.fail(str(error))
    return _summary(wanted, begin, copies, tally)


def _locations(
    into: str, wanted: Wanted, days: Days, tally: Tally, listing: Listing | None
) -> list[str]:
    """Return the ids of the wanted locations; store what the API knows about them.

    Raises:
        SourceError: They cannot be found out.
    """
    if isinstance(wanted, Everywhere):
        reason = "the whole archive has millions of files; say which locations: --stations 2178"
        raise SourceError(NAME, reason)
    ids: frozenset[str] = frozenset()
    if isinstance(wanted, Stations):
        ids = frozenset(location_id(NAME, text) for text in wanted.ids)
        wanted = Stations(ids)
    if listing is None:
        if not ids:
            reason = (
                f"it needs OpenAQ's API to find {wanted}: set OPENAQ_API_KEY, or say --stations"
            )
            raise SourceError(NAME, reason)
        tally.note(_NO_KEY)
        return sorted(ids)
    places = _listed(wanted, listing, tally)
    # One that was silent before the first day has no files.
    first = datetime.combine(days.first, time(), UTC)
    alive = [place.station for place in places if is_alive(place, first)]
    Stored(into, NAME, days).put_stations(alive)
    return sorted(ids or {station.station_id for station in alive})


def _listed(wanted: Wanted, listing: Listing, tally: Tally) -> list[Place]:
    """Return what the API knows about locations; those with known ids can do without it."""
    try:
        return listing(wanted)
    except SourceError as error:
        if not isinstance(wanted, Stations):
            raise
        tally.fail(str(error))
        return []


def _copies(into: str, locations: Collection[str], days: Days, tally: Tally) -> Iterator[_Copied]:
    """Copy what is missing, several months at a time; yield what came of each.

    Raises:
        SourceError: The archive cannot be listed.
    """
    archive = Bucket(BUCKET, is_public=True)
    here = open_location(f"{into.rstrip('/')}/source={NAME}")
    sizes = {file.name: file.size for file in files_so_far(here, days)}
    months = [_Month(one, first) for one in locations for first in _firsts(days)]

    def copied(month: _Month) -> _Copied:
        return _copied(archive, here, sizes, month, days)

    # The first one alone: it makes the client, and tells whether there is an archive at all.
    first = copied(months[0])
    if not first.is_listed:
        raise SourceError(NAME, first.failures[0])
    yield first
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            for done, result in enumerate(threads.map(copied, months[1:]), start=2):
                if not done % _SHOWN:
                    tally.say(f"{NAME}: {done} of {len(months)} months of locations")
                yield result
        finally:
            threads.shutdown(cancel_futures=True)


def _firsts(days: Days) -> Iterator[date]:
    """Yield the first days of the months."""
    first = days.first.replace(day=1)
    while first <= days.last:
        yield first
        first = (first + 31 * _DAY).replace(day=1)


def _copied(
    archive: Bucket, here: Location, sizes: Mapping[str, int], month: _Month, days: Days
) -> _Copied:
    """Copy the files of a month that are not here, or are here with another size."""
    result = _Copied(month, requests=1)
    try:
        listed = archive.files_in(month.folder)
    except LocationError as error:
        result.is_listed = False
        result.failures.append(str(error))
        return result
    for file in listed:
        name = _name_of(file.name, days)
        if name is not None and sizes.get(name) == file.size:
            result.known += 1
        elif name is not None:
            _copy(archive, here, file.name, name, result)
    return result


def _name_of(key: str, days: Days) -> str | None:
    """Return where a file is put; None if it is no file of these days."""
    match = _NAME.fullmatch(key)
    with suppress(ValueError):
        day = match and datetime.strptime(match[2], "%Y%m%d").replace(tzinfo=UTC).date()
        if match and day and days.first <= day <= days.last:
            return f"date={day}/{match[1]}"
    return None


def _copy(archive: Bucket, here: Location, key: str, name: str, result: _Copied) -> None:
    result.requests += 1
    try:
        content = archive.read(key)
        lines = gzip.decompress(content)
    except FileError as error:
        result.failures.append(f"{NAME}: {error}")
        return
    except (OSError, EOFError, zlib.error) as error:
        result.failures.append(f"{NAME}: {key}: {error}")
        return
    here.write(name, content)
    result.files.append(name)
    result.readings += max(0, lines.count(b"\n") - 1)
    times = (datetime.fromisoformat(text.decode()) for text in set(_TIME.findall(lines)))
    result.newest = max([*times, *([result.newest] if result.newest else [])], default=None)


def _summary(wanted: Wanted, since: datetime, copies: Collection[_Copied], tally: Tally) -> Summary:
    for failure in (failure for copied in copies for failure in copied.failures):
        tally.fail(failure)
    met = {copied.month.location for copied in copies if copied.files or copied.known}
    silent = sorted({copied.month.location for copied in copies} - met)
    if silent:
        few = ", ".join(silent[:_FEW]) + (", ..." if len(silent) > _FEW else "")
        tally.note(f"no files of these days of {len(silent)} locations: {few}")
    known = sum(copied.known for copied in copies)
    if known:
        tally.note(f"{known} files were here already")
    newest = [copied.newest for copied in copies if copied.newest]
    return Summary(
        source=NAME,
        wanted=str(wanted),
        since=since,
        new=sum(copied.readings for copied in copies),
        known=0,
        left_out={},
        stations=frozenset(copied.month.location for copied in copies if copied.files),
        newest=max(newest).astimezone(UTC) if newest else None,
        files=tuple(name for copied in copies for name in copied.files),
        requests=tally.requests + sum(copied.requests for copied in copies),
        slept=tally.slept,
        failures=tuple(tally.failures),
        notes=tuple(tally.notes),
        is_dead=bool(tally.failures) and not met,
    )
