"""The sources by name."""

from collections.abc import Callable, Mapping

from batch_jobs.feeds import iem
from batch_jobs.feeds.http import Timer
from batch_jobs.feeds.source import Source, Tally


def _iem(settings: Mapping[str, str], tally: Tally, timer: Timer) -> Source:
    return iem.open_iem(settings.get("STATIONCAST_IEM_URL") or iem.URL, tally, timer)


_OPENERS: dict[str, Callable[[Mapping[str, str], Tally, Timer], Source]] = {"iem": _iem}
SOURCES = tuple(_OPENERS)


def open_source(name: str, settings: Mapping[str, str], tally: Tally, timer: Timer) -> Source:
    """Return a source.

    Args:
        name: One of `SOURCES`.
        settings: `STATIONCAST_IEM_URL`: a mirror or a proxy of the service; optional.
        tally: Counts what happens.
        timer: How time passes.
    """
    return _OPENERS[name](settings, tally, timer)
