"""FailRun: marks a run failed, with the reason. Readers stay on the previous run."""

from dataclasses import replace

from forecasts.run import Run, RunState
from forecasts.runs import current_pointer, update_run
from forecasts.stores.protocol import Store

#: Final states, which a failure does not change.
_OVER = (RunState.PUBLISHED, RunState.REJECTED, RunState.FAILED)


def fail_run(store: Store, run_id: str, reason: str) -> Run:
    """Mark a run failed; its report, if it has one, stays.

    A run in a final state stays as it is, with its reason. So does the run that readers are on:
    only its mark `published` is missing, and the next start sets it.

    Args:
        store: Holds the run.
        run_id: The run.
        reason: One line for the operator.

    Raises:
        UnknownRunError: There is no such run.
        ConflictError: Another process wrote the run at the same time.
    """
    pointer = current_pointer(store)
    is_current = pointer is not None and pointer.current == run_id

    def failed(run: Run) -> Run:
        if is_current or run.state in _OVER:
            return run
        return replace(run, state=RunState.FAILED, reason=reason)

    return update_run(store, run_id, failed)
