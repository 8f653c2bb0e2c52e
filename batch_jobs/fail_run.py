"""FailRun: mark a run failed, with the reason. Readers stay on the run before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forecasts.run import Run, RunState
from forecasts.runs import put_run

if TYPE_CHECKING:
    from forecasts.store import Store


def fail_run(store: Store, run: Run, reason: str) -> Run:
    """Write down that a run failed; its report, if it has one, stays.

    Args:
        store: Where the run is.
        run: The run.
        reason: For the operator, one line.
    """
    failed = replace(run, state=RunState.FAILED, reason=reason)
    put_run(store, failed)
    return failed
