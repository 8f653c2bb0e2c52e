"""Runs in a store: read, update, publish, roll back.

Publishing is one conditional write of the pointer, and readers find everything through the pointer.
So a run is visible as a whole or not at all, and a rollback is one write, too.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from forecasts.errors import DamagedItemError, ForecastsError
from forecasts.item import (
    EXPIRY,
    POINTER_KEY,
    POINTER_SK,
    RUN_PK,
    Item,
    StationEntry,
    catalogue_key,
    catalogue_of,
    pointer_item,
    pointer_of,
    run_item,
    run_key,
    run_of,
)
from forecasts.run import Pointer, Run, RunState
from forecasts.stores.protocol import Reader, Store

logger = logging.getLogger(__name__)


class UnknownRunError(ForecastsError):
    """The store has no run of that id."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"no run {run_id[:80]!r}; `stationcast runs list` lists all runs")


class NotPublishableError(ForecastsError):
    """The run cannot be published: it is not completely loaded, has expired, or does not exist."""


def current_pointer(store: Reader) -> Pointer | None:
    """Return the pointer; None until the first night is published."""
    item = store.get(POINTER_KEY)
    return pointer_of(item) if item else None


def get_run(store: Reader, run_id: str) -> Run:
    """Return a run.

    Raises:
        UnknownRunError: No run has that id, or it has expired.
    """
    item = store.get(run_key(run_id))
    if item is None:
        raise UnknownRunError(run_id)
    return run_of(item)


def list_runs(store: Reader, days: Iterable[str] = ("",)) -> list[Run]:
    """Return all runs, or those of some days, newest issue time first, then newest attempt.

    Damaged runs are left out; the log names each.

    Args:
        store: Holds the runs.
        days: How the ids of the runs begin, e.g. `20131230`; "" for all.
    """
    runs, damaged = read_runs(store, days)
    for error in damaged:
        logger.warning("%s", error)
    return runs


def read_runs(
    store: Reader, days: Iterable[str] = ("",)
) -> tuple[list[Run], list[DamagedItemError]]:
    """Return all runs, newest first, and an error for each that is damaged, in order of key.

    With *days* only runs whose ids begin so.
    """
    runs: list[Run] = []
    damaged: list[DamagedItemError] = []
    for item in _run_items(store, days):
        try:
            runs.append(run_of(item))
        except DamagedItemError as error:
            damaged.append(error)
    return sorted(runs, key=_order, reverse=True), damaged


def run_ids(store: Reader) -> list[str]:
    """Return the ids of all runs, even of those that are damaged."""
    return [item.key.sk for item in _run_items(store, [""])]


def _run_items(store: Reader, days: Iterable[str]) -> list[Item]:
    items = (item for day in days for item in store.query(RUN_PK, day))
    return [item for item in items if item.key.sk != POINTER_SK]


def get_catalogue(store: Reader, run: Run) -> list[StationEntry]:
    """Return the stations of a run, in the order they were planned."""
    keys = [catalogue_key(run.id, part) for part in range(run.parts)]
    items = store.get_many(keys)
    return catalogue_of([items[key] for key in keys if key in items])


def put_run(store: Store, run: Run) -> None:
    """Write a run, replacing the one in the store if there is one.

    Raises:
        ConflictError: Another process wrote the same run in between.
    """
    before = store.get(run_key(run.id))
    version = (before.version or 0) if before else 0
    store.put(run_item(run, version + 1), expected=version)


def update_run(store: Store, run_id: str, change: Callable[[Run], Run]) -> Run:
    """Read a run, change it, and write it unless *change* left it as it was.

    Raises:
        UnknownRunError: There is no such run.
        ConflictError: Another process wrote the run in between.
    """
    item = store.get(run_key(run_id))
    if item is None:
        raise UnknownRunError(run_id)
    before = run_of(item)
    after = change(before)
    if after != before:
        version = item.version or 0
        store.put(run_item(after, version + 1), expected=version)
    return after


def publish(store: Store, run_id: str, now: datetime) -> Pointer:
    """Point readers to a run. Publishing the current run again changes nothing.

    Args:
        store: The store that holds the run.
        run_id: A run that is loaded or was published before.
        now: Aware time of the move.

    Raises:
        UnknownRunError: There is no such run.
        NotPublishableError: The run was never completely loaded, the quality gate rejected it, or
            its forecasts have expired.
        ConflictError: Another process moved the pointer at the same time.
    """
    run = get_run(store, run_id)
    _check_publishable(run, now)
    before, version = _pointer_to_move(store)
    if before is None or before.current != run.id:
        before = _move(store, version, run, before.current if before else None, now)
    if run.state is not RunState.PUBLISHED:
        # If it was not published before for a reason, that reason no longer applies.
        put_run(store, replace(run, state=RunState.PUBLISHED, published_at=now, reason=None))
    return before


def rollback(store: Store, now: datetime) -> Pointer:
    """Point readers to the run before the current one.

    Args:
        store: The store that holds the runs.
        now: Aware time of the move.

    Raises:
        NotPublishableError: No run is published, no run was published before it, or that run's
            forecasts have expired.
        UnknownRunError: The run before it no longer exists.
        ConflictError: Another process moved the pointer at the same time.
    """
    before = current_pointer(store)
    if before is None or before.previous is None:
        raise NotPublishableError("no run before the current one to roll back to")
    target = get_run(store, before.previous)
    _check_publishable(target, now)
    older = [
        run.id
        for run in list_runs(store)
        if run.state is RunState.PUBLISHED
        and run.id != before.current
        and _order(run) < _order(target)
    ]
    return _move(store, before.version, target, older[0] if older else None, now)


def _check_publishable(run: Run, now: datetime) -> None:
    if run.state not in (RunState.LOADED, RunState.PUBLISHED):
        raise NotPublishableError(f"run {run.id} is {run.state}; only a loaded run is published")
    if run.planned_at + EXPIRY <= now:
        raise NotPublishableError(f"the forecasts of run {run.id} have expired; run a new night")


def _order(run: Run) -> tuple[datetime, datetime]:
    return run.issue_time, run.planned_at


def _pointer_to_move(store: Reader) -> tuple[Pointer | None, int]:
    """Return the pointer and its version; a damaged one counts as None, and can be replaced."""
    item = store.get(POINTER_KEY)
    if item is None:
        return None, 0
    version = item.version or 0
    try:
        return pointer_of(item), version
    except DamagedItemError as error:
        logger.warning("%s", error)
        return None, version


def _move(store: Store, version: int, run: Run, previous: str | None, now: datetime) -> Pointer:
    pointer = Pointer(run.id, previous, version + 1, now, run.identity)
    store.put(pointer_item(pointer), expected=version)
    return pointer
