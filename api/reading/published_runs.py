"""The published run as readers see it, and the catalogues that hang on runs.

The pointer is held for at most `HOLD`: that is how long a reader may stay on a run that was rolled
back. Catalogues never change, so they are kept per run.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from api.errors import NoPublishedRunError, StationNotFoundError
from api.http.conditional import CURRENT, PINNED
from api.reading.station_index import Catalogue
from forecasts.run import RUN_ID, Run, RunState
from forecasts.runs import UnknownRunError, current_pointer, get_catalogue, get_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from api.http.conditional import RawHeaders
    from forecasts.stores.protocol import Reader

#: How long the pointer is held.
HOLD = timedelta(seconds=15)

#: Catalogues kept: of the current run, of the one before, and of one that is asked for.
CATALOGUES = 3


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The one run that an answer is read under.

    Attributes:
        run_id: The run.
        since: Aware UTC time from which readers are on it.
        headers: Fields of every answer read under it: caching, age, run.
    """

    run_id: str
    since: datetime
    headers: RawHeaders

    @classmethod
    def of(cls, run_id: str, since: datetime, cache_control: str) -> Snapshot:
        """Make the snapshot and its header fields."""
        headers = [
            (b"cache-control", cache_control.encode()),
            (b"last-modified", format_datetime(since, usegmt=True).encode()),
            (b"forecast-run", run_id.encode()),
        ]
        return cls(run_id, since, headers)

    def etag(self, asked: str) -> str:
        """Name what was *asked* of this run; *asked* is safe in a header."""
        return f'W/"{self.run_id}/{asked}"'


class Published:
    """Reads runs from a store.

    Args:
        store: Holds the runs.
        clock: Gives the aware time by which the pointer ages.
    """

    def __init__(self, store: Reader, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._current: tuple[datetime, Snapshot] | None = None
        self._catalogues: OrderedDict[str, Catalogue] = OrderedDict()

    def current(self) -> Snapshot:
        """Return the published run.

        Raises:
            NoPublishedRunError: There is none yet.
            StoreError: The pointer could not be read.
        """
        now = self._clock()
        if self._current and now - self._current[0] < HOLD:
            return self._current[1]
        pointer = current_pointer(self._store)
        if pointer is None:
            raise NoPublishedRunError
        snapshot = Snapshot.of(pointer.current, pointer.changed_at, CURRENT)
        self._current = (now, snapshot)
        return snapshot

    def snapshot(self, run_id: str | None) -> Snapshot:
        """Return the run that a caller pinned; the published one for None.

        Raises:
            UnknownRunError: There is no such run, or readers never saw it.
            NoPublishedRunError: There is none yet.
        """
        if run_id is None:
            return self.current()
        run = self.run(run_id)
        if run.state is RunState.PUBLISHED and run.published_at:
            return Snapshot.of(run.id, run.published_at, PINNED)
        current = self.current()
        # Publishing moves the pointer before it marks the run, so this one may not be marked yet.
        if run.id != current.run_id:
            raise UnknownRunError(run_id)
        return Snapshot.of(run.id, current.since, PINNED)

    def run(self, run_id: str) -> Run:
        """Return a run, whatever its state.

        Raises:
            UnknownRunError: There is none of that id, or the id is malformed.
        """
        if not RUN_ID.fullmatch(run_id):
            raise UnknownRunError(run_id)
        return get_run(self._store, run_id)

    def catalogue(self, run_id: str) -> Catalogue:
        """Return the stations of a run; kept for the runs asked for last.

        Raises:
            UnknownRunError: There is no such run.
            FormatError: Its catalogue cannot be read.
        """
        if run_id not in self._catalogues:
            self._catalogues[run_id] = Catalogue(get_catalogue(self._store, self.run(run_id)))
        self._catalogues.move_to_end(run_id)
        while len(self._catalogues) > CATALOGUES:
            self._catalogues.popitem(last=False)
        return self._catalogues[run_id]

    def unknown_station(self, station_id: str, snapshot: Snapshot) -> StationNotFoundError:
        """Make the error that says that a run has no such station, and which look like it."""
        suggestions = self.catalogue(snapshot.run_id).suggestions(station_id)
        return StationNotFoundError(station_id, snapshot.run_id, suggestions)
