"""FailRun: marks a run failed, with the reason. Readers stay on the previous run."""

from dataclasses import replace

from forecasts.errors import DamagedItemError
from forecasts.run import Run, RunState
from forecasts.runs import current_pointer, update_run
from forecasts.stores.protocol import Store

#: Final states, which a failure does not change.
_OVER = (RunState.PUBLISHED, RunState.REJECTED, RunState.FAILED)


def fail_run(store: Store, run_id: str, reason: str) -> Run:
    """Mark a run failed; its report, if it has one, stays.

    A run in a final state stays as it is, with its reason. So does the run that readers are on:
    only its mark `published` is missing, and the next start sets it. If the pointer is damaged, a
    loaded run stays, too: an operator can publish it, which replaces the pointer.

    Args:
        store: Holds the run.
        run_id: The run.
        reason: One line for the operator.

    Raises:
        UnknownRunError: There is no such run.
        ConflictError: Another process wrote the run at the same time.
    """

    def failed(run: Run) -> Run:
        if run.state in _OVER or _may_be_current(store, run):
            return run
        return replace(run, state=RunState.FAILED, reason=reason)

    return update_run(store, run_id, failed)


def _may_be_current(store: Store, run: Run) -> bool:
    try:
        pointer = current_pointer(store)
    except DamagedItemError:
        return run.state is RunState.LOADED
    return pointer is not None and pointer.current == run.id
