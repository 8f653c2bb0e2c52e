"""PublishRun: one conditional write moves readers from the old run to the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batch_jobs.errors import OlderRunError
from forecasts.run import issue_time_of
from forecasts.runs import current_pointer, publish

if TYPE_CHECKING:
    from datetime import datetime

    from forecasts.run import Pointer, Run
    from forecasts.store import Store


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
