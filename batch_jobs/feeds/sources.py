"""The sources by name."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from datetime import datetime
from functools import partial

from batch_jobs.feeds import archive, iem, openaq
from batch_jobs.feeds.fetch import Summary, fetch
from batch_jobs.feeds.http import Timer
from batch_jobs.feeds.openaq_poll import listed
from batch_jobs.feeds.source import Source, Tally
from batch_jobs.feeds.wanted import Wanted

_KEY = "OPENAQ_API_KEY"


def _iem(settings: Mapping[str, str], tally: Tally, timer: Timer) -> Source:
    return iem.open_iem(settings.get("STATIONCAST_IEM_URL") or iem.URL, tally, timer)


def _openaq(settings: Mapping[str, str], tally: Tally, timer: Timer) -> Source:
    return openaq.open_openaq(*_openaq_at(settings), tally, timer)


def _openaq_at(settings: Mapping[str, str]) -> tuple[str, str]:
    return settings.get("STATIONCAST_OPENAQ_URL") or openaq.URL, settings.get(_KEY, "")


_OPENERS: dict[str, Callable[[Mapping[str, str], Tally, Timer], Source]] = {
    "iem": _iem,
    "openaq": _openaq,
}
SOURCES = (*_OPENERS, archive.NAME)


def fetch_from(
    name: str,
    settings: Mapping[str, str],
    into: str,
    wanted: Wanted,
    times: tuple[datetime, datetime | None],
    tally: Tally,
    timer: Timer,
) -> Summary:
    """Fetch from a source, also from `openaq-archive`.

    Args:
        name: One of `SOURCES`.
        settings: See `open_source`.
        into: Folder or S3 prefix of observations.
        wanted: Which stations.
        times: Aware; the time, and since when; see `batch_jobs.feeds.fetch.fetch`.
        tally: Counts what happens.
        timer: How time passes.

    Returns:
        What was done. A source that fails is named there.

    Raises:
        SourceError: The source cannot be used as it is set up, as without a key.
        LocationError: *into* cannot be listed.
        FileError: A file cannot be written.
    """
    now, since = times
    if name == archive.NAME:
        with ExitStack() as stack:
            listing = None
            if settings.get(_KEY):
                api = openaq.open_api(name, *_openaq_at(settings), tally, timer)
                stack.callback(api.close)
                listing = partial(listed, api)
            return archive.fetch_archive(into, wanted, now, since, tally, listing)
    with closing(open_source(name, settings, tally, timer)) as source:
        return fetch(source, into, wanted, now, since)


def open_source(name: str, settings: Mapping[str, str], tally: Tally, timer: Timer) -> Source:
    """Return a source.

    Args:
        name: One of `SOURCES`, but for the archive, whose files are copied as they are.
        settings: `STATIONCAST_IEM_URL`, `STATIONCAST_OPENAQ_URL`: a mirror or a proxy of the
            service; optional. `OPENAQ_API_KEY`: for openaq.
        tally: Counts what happens.
        timer: How time passes.

    Raises:
        SourceError: It cannot be used as it is set up, as without a key.
    """
    return _OPENERS[name](settings, tally, timer)
