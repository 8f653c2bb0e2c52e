"""PublishRun: one conditional write moves readers from the old run to the new one.

Before a run counts as published, pointer and run are read back: if the file of the store was
deleted in the meantime, the writes have gone nowhere.
"""

from dataclasses import replace
from datetime import datetime

from batch_jobs.errors import LostRunError
from forecasts.run import Pointer, Run, RunState, issue_time_of
from forecasts.runs import current_pointer, get_run, publish, update_run
from forecasts.stores.protocol import Store


def publish_run(store: Store, run_id: str, now: datetime) -> Run:
    """Publish a loaded run, unless readers are on a later night already.

    A late run stays loaded, with that reason. An operator can still publish it with `stationcast
    runs publish`; a late batch job must not.

    Returns:
        The run. A run that was published before is left alone, wherever readers are now.

    Raises:
        UnknownRunError: There is no such run.
        ConflictError: Another process wrote the pointer or the run at the same time.
        LostRunError: What was written is not there.
        StoreError: The store failed, or its file is gone.
    """
    run = get_run(store, run_id)
    if run.state is RunState.PUBLISHED:
        return run
    pointer = current_pointer(store)
    if pointer and issue_time_of(pointer.current) > run.issue_time:
        reason = _too_late(run_id, pointer.current)
        return update_run(store, run_id, lambda run: replace(run, reason=reason))
    return _read_back(store, run_id, publish(store, run_id, now))


def _read_back(store: Store, run_id: str, written: Pointer) -> Run:
    pointer = current_pointer(store)
    # An operator may have moved the pointer since.
    is_there = pointer is not None and pointer.version >= written.version
    if store.generation() is None or not is_there:
        raise LostRunError(run_id)
    return get_run(store, run_id)


def _too_late(run_id: str, current: str) -> str:
    return (
        f"run {run_id} is older than the published run {current}, so it is loaded but not "
        f"published. To publish it anyway: `stationcast runs publish {run_id}`"
    )
