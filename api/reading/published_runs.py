"""The published run as readers see it, and the stations of runs.

The id of the published run is kept for at most `HOLD`: that is how long a reader may stay on a run
that was rolled back. The stations of a run never change, so they are kept.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from api.errors import ApiError, NoPublishedRunError, OtherCaseError, StationNotFoundError
from api.reading.async_store import AsyncStore
from api.reading.recent import Recent
from api.reading.snapshot import CURRENT, PINNED, Snapshot
from api.reading.station_index import StationIndex
from forecasts.missing import MissingStation, get_missing
from forecasts.run import RUN_ID, Run, RunState
from forecasts.runs import UnknownRunError, current_pointer, get_catalogue, get_run
from forecasts.stores.protocol import Reader

#: How long the pointer to the published run is kept.
HOLD = timedelta(seconds=15)

#: Station indexes, and lists of missing stations, kept: of the current run, of the one before, and
#: of a pinned one.
INDEXES = 3


class PublishedRuns:
    """Reads runs from a store.

    Args:
        store: Holds the runs.
        clock: Gives the aware time by which the pointer ages.
    """

    def __init__(self, store: AsyncStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._current: tuple[datetime, Snapshot] | None = None
        self._indexes: Recent[StationIndex] = Recent(INDEXES)
        self._missing: Recent[list[MissingStation]] = Recent(INDEXES)

    async def current(self) -> Snapshot:
        """Return the published run.

        Raises:
            NoPublishedRunError: There is none yet.
            StoreError: The pointer could not be read.
        """
        now = self._clock()
        # A clock that was set back must not hold the pointer until it has caught up.
        if self._current and timedelta(0) <= now - self._current[0] < HOLD:
            return self._current[1]
        pointer = await self._store.run(current_pointer)
        if pointer is None:
            raise NoPublishedRunError
        snapshot = Snapshot.of(pointer.current, pointer.changed_at, CURRENT)
        self._current = (now, snapshot)
        return snapshot

    async def snapshot(self, run_id: str | None) -> Snapshot:
        """Return the run that a caller pinned; the published one for None.

        Raises:
            UnknownRunError: There is no such run, or it was never published.
            NoPublishedRunError: There is none yet.
        """
        if run_id is None:
            return await self.current()
        run = await self.run(run_id)
        if run.state is RunState.PUBLISHED and run.published_at:
            return Snapshot.of(run.id, run.published_at, PINNED)
        current = await self.current()
        # Publishing moves the pointer before it marks the run, so this one may not be marked yet.
        if run.id != current.run_id:
            raise UnknownRunError(run_id)
        return Snapshot.of(run.id, current.since, PINNED)

    async def run(self, run_id: str) -> Run:
        """Return a run in any state.

        Raises:
            UnknownRunError: There is no run of that id, or the id is malformed.
        """
        if not RUN_ID.fullmatch(run_id):
            raise UnknownRunError(run_id)
        return await self._store.run(get_run, run_id)

    async def stations(self, run_id: str) -> StationIndex:
        """Return the stations of a run.

        Raises:
            UnknownRunError: There is no such run.
            FormatError: Its catalogue cannot be read.
        """

        async def read() -> StationIndex:
            return await self._store.run(_read_index, await self.run(run_id))

        return await self._indexes.get(run_id, read)

    async def missing(self, run_id: str) -> list[MissingStation]:
        """Return the stations without a forecast of some or all parameters, in order of id.

        Raises:
            UnknownRunError: There is no such run.
            NoMissingListError: An earlier version made the run.
            FormatError: The list cannot be read.
        """

        async def read() -> list[MissingStation]:
            return await self._store.run(get_missing, await self.run(run_id))

        return await self._missing.get(run_id, read)

    async def unknown_station(self, station_id: str, snapshot: Snapshot) -> ApiError:
        """Make the error for a station that the run does not have, with similar ids.

        Returns:
            `OtherCaseError` if there is such an id in other upper and lower case.
        """
        index = await self.stations(snapshot.run_id)
        spelled = index.spelled(station_id)
        if spelled not in (None, station_id):
            return OtherCaseError(spelled)
        return StationNotFoundError(station_id, snapshot.run_id, index.suggestions(station_id))


def _read_index(store: Reader, run: Run) -> StationIndex:
    return StationIndex(get_catalogue(store, run))
