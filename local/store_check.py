"""The check of a store: reads all that readers may get, and names what is damaged."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from batch_jobs.progress import Track
from forecasts.damage import made_anew, problem_of
from forecasts.errors import DamagedItemError, FormatError
from forecasts.forecast import Forecast
from forecasts.gzip_bodies import decompress
from forecasts.item import (
    EXPIRY,
    POINTER_KEY,
    Item,
    Key,
    catalogue_key,
    catalogue_of,
    forecast_key,
    history_key,
    history_of,
    map_json,
    map_key,
)
from forecasts.missing import left_out_key, left_out_of, missing_key, missing_of
from forecasts.run import Run, RunState
from forecasts.runs import current_pointer, get_run, read_runs
from forecasts.skill_map import skill_keys, stored_map
from forecasts.stores.pace import Pace
from forecasts.stores.protocol import Reader
from forecasts.verification import unpack
from forecasts.verifications import network_key, network_of

#: A fifth of what a new on-demand table reads a second: an item is half a unit or less.
ITEMS_PER_SECOND = 5000

#: Items that are read at a time.
_BATCH = 100

#: The states of runs that are loaded completely.
_WHOLE = (RunState.LOADED, RunState.PUBLISHED, RunState.REJECTED)


class Damage(NamedTuple):
    """Items of one kind and run that are damaged or not there.

    Attributes:
        what: The kind, and the run.
        damaged: How many of them.
        items: How many there should be.
        first: Key of the first one, and what is wrong with it.
        advice: What to do.
    """

    what: str
    damaged: int
    items: int
    first: str
    advice: str


class StoreCheck:
    """Checks a store, at a pace that leaves its readers alone.

    Args:
        store: The store.
        now: Aware; forecasts that have expired by then are not looked for.
        track: Shows the progress.
        pace: Limits the items that are read a second.
    """

    def __init__(self, store: Reader, now: datetime, track: Track, pace: Pace) -> None:
        self._store = store
        self._now = now
        self._track = track
        self._pace = pace

    def all(self) -> Iterator[Damage]:
        """Yield what is damaged in the whole store.

        Raises:
            StoreError: The store cannot be read.
        """
        runs, damaged = read_runs(self._store)
        yield from self._pointer({*(run.id for run in runs), *(error.sk for error in damaged)})
        for error in damaged:
            yield _of_error("run", error)
        for run in runs:
            yield from self.run(run)

    def one(self, run_id: str) -> Iterator[Damage]:
        """Yield what is damaged in a run.

        Raises:
            UnknownRunError: There is no such run.
            StoreError: The store cannot be read.
        """
        try:
            run = get_run(self._store, run_id)
        except DamagedItemError as error:
            yield _of_error("run", error)
            return
        yield from self.run(run)

    def run(self, run: Run) -> Iterator[Damage]:
        """Yield what is damaged in a run; there is nothing to check before it is loaded."""
        if run.state not in _WHOLE or run.planned_at + EXPIRY <= self._now:
            return
        parts = range(run.parts)
        ids: list[str] = []

        def read_catalogue(item: Item) -> None:
            ids.extend(entry.station.id for entry in catalogue_of([item]))

        def read_forecast(item: Item) -> None:
            forecast = Forecast.from_body(decompress(item.body))
            if forecast_key(forecast.station.id, forecast.run_id) != item.key:
                raise FormatError("it is of another station or run")
            if item.verification:
                unpack(item.verification)

        catalogue = [catalogue_key(run.id, part) for part in parts]
        yield from self._items("catalogue", run, catalogue, read_catalogue)
        maps = [map_key(run.id, code, part) for code in run.parameters for part in parts]
        yield from self._items("maps", run, maps, lambda item: map_json([item]))
        forecasts = [forecast_key(each, run.id) for each in ids]
        yield from self._items("forecasts", run, forecasts, read_forecast)
        histories = [history_key(each, run.id) for each in ids]
        yield from self._items("histories", run, histories, history_of)
        first = left_out_key(run.id, 0)
        lists = [missing_key(run.id, part) for part in parts]
        # An earlier version has made a run without any.
        if self._found([*lists, first]):
            yield from self._items("missing stations", run, lists, missing_of)
            yield from self._items("stations left out", run, [first], left_out_of)
        # Not every run was verified, or has a map.
        verified, skill = self._found([network_key(run.id)]), self._found(skill_keys(run))
        yield from self._items("verification", run, [*verified], network_of)
        yield from self._items("map of skill", run, [*skill], lambda item: stored_map([item]))

    def _pointer(self, known: set[str]) -> Iterator[Damage]:
        try:
            pointer = current_pointer(self._store)
        except DamagedItemError as error:
            yield _of_error("pointer", error)
            return
        if pointer and pointer.current not in known:
            first = f"{_text(POINTER_KEY)}: run {pointer.current} is not in the store"
            yield Damage("pointer", 1, 1, first, "`stationcast runs publish` another run")

    def _items(
        self, kind: str, run: Run, keys: Sequence[Key], read: Callable[[Item], Any]
    ) -> Iterator[Damage]:
        """Read the items at *keys*; yield what is wrong with them, if anything is."""
        starts = range(0, len(keys), _BATCH)
        faults: list[str] = []
        for start in self._track(starts, kind, len(starts)):
            batch = keys[start : start + _BATCH]
            found = self._found(batch)
            self._pace.used(len(batch))
            for key in batch:
                fault = _fault(found.get(key), read)
                if fault:
                    faults.append(f"{_text(key)}: {fault}")
        if faults:
            what = f"{kind} of run {run.id}"
            yield Damage(what, len(faults), len(keys), faults[0], made_anew(run.id))

    def _found(self, keys: Sequence[Key]) -> dict[Key, Item | FormatError]:
        """Return the items at *keys*; for one that is no item of this table, the error."""
        try:
            return {**self._store.get_many(keys)}
        except FormatError as error:
            if len(keys) == 1:
                return {keys[0]: error}
        half = len(keys) // 2
        return self._found(keys[:half]) | self._found(keys[half:])


def _fault(item: Item | FormatError | None, read: Callable[[Item], Any]) -> str | None:
    """Return what is wrong with an item; None if it can be read."""
    if item is None:
        return "it is not there"
    try:
        if isinstance(item, FormatError):
            raise item
        read(item)
    except DamagedItemError as error:
        return error.problem
    except FormatError as error:
        return problem_of(error)
    return None


def _of_error(kind: str, error: DamagedItemError) -> Damage:
    first = f"{error.pk} / {error.sk}: {error.problem}"
    return Damage(kind, 1, 1, first, error.advice)


def _text(key: Key) -> str:
    return f"{key.pk} / {key.sk}"
