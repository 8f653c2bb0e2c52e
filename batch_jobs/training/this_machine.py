"""The tasks of a preparation on this machine: several processes side by side."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from batch_jobs.training.attempts import Children, attempt
from batch_jobs.training.preparation import Job
from batch_jobs.training.prepare import Runner


def on_this_machine(processes: int) -> Runner:
    """Return a runner of tasks.

    Args:
        processes: How many run at once; each needs up to 1 GB.
    """

    @contextmanager
    def run(jobs: Sequence[Job]) -> Iterator[Iterator[object]]:
        children = Children()
        # Threads, because each only waits for its process.
        pool = ThreadPoolExecutor(processes)
        try:
            yield pool.map(partial(attempt, children=children), jobs)
        finally:
            children.stop()
            pool.shutdown(cancel_futures=True)

    return run
