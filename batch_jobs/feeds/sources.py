"""The sources by name."""

from collections.abc import Callable, Mapping

from batch_jobs.feeds import iem, openaq
from batch_jobs.feeds.http import Timer
from batch_jobs.feeds.source import Source, Tally


def _iem(settings: Mapping[str, str], tally: Tally, timer: Timer) -> Source:
    return iem.open_iem(settings.get("STATIONCAST_IEM_URL") or iem.URL, tally, timer)


def _openaq(settings: Mapping[str, str], tally: Tally, timer: Timer) -> Source:
    url = settings.get("STATIONCAST_OPENAQ_URL") or openaq.URL
    return openaq.open_openaq(url, settings.get("OPENAQ_API_KEY", ""), tally, timer)


_OPENERS: dict[str, Callable[[Mapping[str, str], Tally, Timer], Source]] = {
    "iem": _iem,
    "openaq": _openaq,
}
SOURCES = tuple(_OPENERS)


def open_source(name: str, settings: Mapping[str, str], tally: Tally, timer: Timer) -> Source:
    """Return a source.

    Args:
        name: One of `SOURCES`.
        settings: `STATIONCAST_IEM_URL`, `STATIONCAST_OPENAQ_URL`: a mirror or a proxy of the
            service; optional. `OPENAQ_API_KEY`: for openaq.
        tally: Counts what happens.
        timer: How time passes.

    Raises:
        SourceError: It cannot be used as it is set up, as without a key.
    """
    return _OPENERS[name](settings, tally, timer)
