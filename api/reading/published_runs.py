"""The published run as readers see it, and the stations of runs.

The id of the published run is kept for at most `HOLD`: that is how long a reader may stay on a run
that was rolled back. If another database takes the place of the open one, it is read anew at once.
The stations of a run never change, so they are kept.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from api.errors import ApiError, NoPublishedRunError, OtherCaseError, StationNotFoundError
from api.reading.async_store import AsyncStore
from api.reading.places import load_places
from api.reading.recent import Recent
from api.reading.snapshot import CURRENT, PINNED, Snapshot
from api.reading.station_index import StationIndex
from api.reading.station_search import StationSearch
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
        self._searches: Recent[StationSearch] = Recent(INDEXES)
        self._missing: Recent[list[MissingStation]] = Recent(INDEXES)

    async def current(self) -> Snapshot:
        """Return the published run.

        Raises:
            NoPublishedRunError: There is none yet.
            StoreError: The pointer could not be read, or the database is gone.
        """
        now, generation = self._clock(), self._store.generation()
        if self._current and generation is not None:
            read_at, held = self._current
            # A clock that was set back must not hold the pointer until it has caught up.
            if held.generation == generation and timedelta(0) <= now - read_at < HOLD:
                return held
        pointer = await self._store.run(current_pointer)
        if pointer is None:
            raise NoPublishedRunError
        snapshot = Snapshot.of(
            pointer.current,
            pointer.identity,
            pointer.changed_at,
            generation,
            cache_control=CURRENT,
        )
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
        generation = self._store.generation()
        run = await self.run(run_id)
        since = run.published_at if run.state is RunState.PUBLISHED else None
        if since is None:
            current = await self.current()
            # Publishing moves the pointer before it marks the run: this one may not be marked yet.
            if run.id != current.run_id:
                raise UnknownRunError(run_id)
            since = current.since
        return Snapshot.of(run.id, run.identity, since, generation, cache_control=PINNED)

    async def run(self, run_id: str) -> Run:
        """Return a run in any state.

        Raises:
            UnknownRunError: There is no run of that id, or the id is malformed.
        """
        if not RUN_ID.fullmatch(run_id):
            raise UnknownRunError(run_id)
        return await self._store.run(get_run, run_id)

    async def stations(self, snapshot: Snapshot) -> StationIndex:
        """Return the stations of a run.

        Raises:
            UnknownRunError: There is no such run.
            FormatError: Its catalogue cannot be read.
        """

        async def read() -> StationIndex:
            return await self._store.run(_read_index, await self.run(snapshot.run_id))

        return await self._indexes.get((snapshot.run_id, snapshot.edition), read)

    async def search(self, snapshot: Snapshot) -> StationSearch:
        """Return what finds the stations of a run by words; it is made for the first search.

        Raises:
            UnknownRunError: There is no such run.
            FormatError: Its catalogue cannot be read.
        """
        index = await self.stations(snapshot)

        async def make() -> StationSearch:
            return await self._store.run(_make_search, index)

        return await self._searches.get((snapshot.run_id, snapshot.edition), make)

    async def missing(self, snapshot: Snapshot) -> list[MissingStation]:
        """Return the stations without a forecast of some or all parameters, in order of id.

        Raises:
            UnknownRunError: There is no such run.
            NoMissingListError: An earlier version made the run.
            FormatError: The list cannot be read.
        """

        async def read() -> list[MissingStation]:
            return await self._store.run(get_missing, await self.run(snapshot.run_id))

        return await self._missing.get((snapshot.run_id, snapshot.edition), read)

    async def unknown_station(self, station_id: str, snapshot: Snapshot) -> ApiError:
        """Make the error for a station that the run does not have, with similar ids.

        Returns:
            `OtherCaseError` if there is such an id in other upper and lower case.
        """
        index = await self.stations(snapshot)
        spelled = index.spelled(station_id)
        if spelled not in (None, station_id):
            return OtherCaseError(spelled)
        meant = (await self.search(snapshot)).ids_like(station_id)
        return StationNotFoundError(station_id, snapshot.run_id, meant)


def _make_search(_store: Reader, index: StationIndex) -> StationSearch:
    return StationSearch(index, load_places())


def _read_index(store: Reader, run: Run) -> StationIndex:
    return StationIndex(get_catalogue(store, run))
