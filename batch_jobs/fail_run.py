"""FailRun: mark a run failed, with the reason. Readers stay on the run before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forecasts.run import Run, RunState
from forecasts.runs import current_pointer, update_run

if TYPE_CHECKING:
    from forecasts.stores.protocol import Store

#: States that a failure does not change.
_OVER = (RunState.PUBLISHED, RunState.REJECTED, RunState.FAILED)


def fail_run(store: Store, run_id: str, reason: str) -> Run:
    """Write down that a run failed; its report, if it has one, stays.

    A run that is over stays as it is, with the reason it has, and so does one that readers are on:
    there only the mark was lost, and the next start sets it.

    Args:
        store: Where the run is.
        run_id: The run.
        reason: For the operator, one line.

    Raises:
        UnknownRunError: There is no such run.
        ConflictError: Another process wrote the run in between.
    """
    pointer = current_pointer(store)
    is_current = pointer is not None and pointer.current == run_id

    def failed(run: Run) -> Run:
        if is_current or run.state in _OVER:
            return run
        return replace(run, state=RunState.FAILED, reason=reason)

    return update_run(store, run_id, failed)
