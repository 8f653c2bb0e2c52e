"""PublishRun: one conditional write moves readers from the old run to the new one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batch_jobs.errors import OlderRunError
from forecasts.run import RunState, issue_time_of
from forecasts.runs import current_pointer, get_run, publish, update_run

if TYPE_CHECKING:
    from datetime import datetime

    from forecasts.run import Pointer, Run
    from forecasts.stores.protocol import Store


def publish_run(store: Store, run: Run, now: datetime) -> Pointer:
    """Publish a loaded run, unless readers are already on a later night.

    Args:
        store: Where the run is.
        run: A run that passed its gate.
        now: Aware.

    Raises:
        OlderRunError: The published run has a later issue time. An operator can still go back
            with `stationcast runs publish`; a late batch job must not.
        ConflictError: The pointer was moved by somebody else at the same time.
    """
    pointer = current_pointer(store)
    if pointer and issue_time_of(pointer.current) > run.issue_time:
        raise OlderRunError(run.id, pointer.current)
    return publish(store, run.id, now)


def publish_or_keep(store: Store, run_id: str, now: datetime) -> Run:
    """Publish a loaded run; one that comes too late stays loaded, with the reason.

    Returns:
        The run. One that was published before is left alone, wherever readers are by now.

    Raises:
        UnknownRunError: There is no such run.
        ConflictError: The pointer or the run was written by somebody else at the same time.
    """
    run = get_run(store, run_id)
    if run.state is RunState.PUBLISHED:
        return run
    try:
        publish_run(store, run, now)
    except OlderRunError as error:
        reason = str(error)
        return update_run(store, run_id, lambda run: replace(run, reason=reason))
    return get_run(store, run_id)
