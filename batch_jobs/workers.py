"""Workers: processes that do the parts of a night side by side, as the Distributed Map does on AWS.

Each worker has its own store and model. The items in the table do not depend on the number of
workers.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache, partial
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import NamedTuple, Protocol, TypeVar

from batch_jobs.errors import WorkerError
from forecasts.stores.protocol import Store
from model.prediction import Model

Job = TypeVar("Job")
Result = TypeVar("Result")


class Tools(NamedTuple):
    """What a worker needs for a part.

    Attributes:
        store: Takes the forecasts.
        model: Makes the forecasts.
    """

    store: Store
    model: Model


class Workers(Protocol):
    """Does jobs and yields their results in the order of the jobs."""

    def __call__(
        self, work: Callable[[Tools, Job], Result], jobs: Iterable[Job]
    ) -> Iterator[Result]:
        """Call *work* for each of *jobs*; processes begin before the first result is asked for.

        Raises:
            WorkerError: A process ended before its work was done.
        """
        ...


def this_process(tools: Tools) -> Workers:
    """Return workers that use this process and the given tools."""

    def do(work: Callable[[Tools, Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        return (work(tools, job) for job in jobs)

    return do


@contextmanager
def start_workers(processes: int, make_tools: Callable[[], Tools], parts: int) -> Iterator[Workers]:
    """Start worker processes, which end with the block.

    Args:
        processes: Greatest number of processes.
        make_tools: Called once in each process; must be picklable.
        parts: Number of parts to do.
    """
    # Spawned: the threads of polars and XGBoost do not survive a fork.
    context, size = get_context("spawn"), min(processes, parts)
    with ProcessPoolExecutor(size, context, _begin, (make_tools,)) as pool:
        with _uninterrupted():
            for _ in range(size):
                pool.submit(_tools)  # the pool starts a process if none is idle
        try:
            yield partial(_map, pool)
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Delay Ctrl-C in this process and in processes that the block starts."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _map(
    pool: ProcessPoolExecutor, work: Callable[[Tools, Job], Result], jobs: Iterable[Job]
) -> Iterator[Result]:
    with _whole():
        results = pool.map(partial(_do, work), jobs)
    return _results(results)


def _results(results: Iterator[Result]) -> Iterator[Result]:
    with _whole():
        yield from results


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise WorkerError(
            "a worker process ended before its work was done, perhaps because memory ran out; "
            "start the night again with fewer --processes"
        ) from error


# What follows runs in the worker processes.

_makers: list[Callable[[], Tools]] = []


def _begin(make_tools: Callable[[], Tools]) -> None:
    _makers.append(make_tools)
    # Ctrl-C reaches all processes of a terminal. It ends a worker at once and silently, because
    # the next start repeats unfinished writes.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=follow, args=(parent_process(), os._exit), daemon=True).start()


def follow(parent: BaseProcess, leave: Callable[[int], object]) -> None:
    """Call *leave* when *parent* has ended, in whatever way, because nothing needs the results."""
    parent.join()
    leave(1)


@cache
def _tools() -> Tools:
    return _makers[-1]()


def _do(work: Callable[[Tools, Job], Result], job: Job) -> Result:
    return work(_tools(), job)
