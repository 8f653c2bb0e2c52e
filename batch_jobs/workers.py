"""A crew: processes that do the parts of a night side by side, as the Distributed Map does on AWS.

Each has a store and a model of its own. What the parts leave in the table is the same, however
many processes there are.
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache, partial
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from batch_jobs.errors import CrewError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.process import BaseProcess

    from forecasts.stores.protocol import Store
    from model.artifact import Model

Job = TypeVar("Job")
Result = TypeVar("Result")


class Tools(NamedTuple):
    """What parts are done with.

    Attributes:
        store: Where forecasts go.
        model: Makes them.
    """

    store: Store
    model: Model


class Crew(Protocol):
    """Does jobs, and yields what became of them in their order."""

    def __call__(
        self, work: Callable[[Tools, Job], Result], jobs: Iterable[Job]
    ) -> Iterator[Result]:
        """Call *work* for each of *jobs*.

        Raises:
            CrewError: A process ended in the midst of its work.
        """
        ...


def alone(tools: Tools) -> Crew:
    """Return a crew that is this process, with its own tools."""

    def does(work: Callable[[Tools, Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        return (work(tools, job) for job in jobs)

    return does


@contextmanager
def crew_of(processes: int, make_tools: Callable[[], Tools], parts: int) -> Iterator[Crew]:
    """Start a crew of several processes, and end it.

    Args:
        processes: How many, at most.
        make_tools: Called once in each of them; can be pickled.
        parts: How many there are to do.
    """
    # Not forked: a fork does not survive the threads of polars and XGBoost.
    context, size = get_context("spawn"), min(processes, parts)
    with ProcessPoolExecutor(size, context, _begin, (make_tools,)) as pool:
        with _uninterrupted():
            for _ in range(size):
                pool.submit(_tools)  # a process is started for each job that finds none idle
        try:
            yield partial(_did, pool)
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put Ctrl-C off, here and in processes that are started meanwhile."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _did(
    pool: ProcessPoolExecutor, work: Callable[[Tools, Job], Result], jobs: Iterable[Job]
) -> Iterator[Result]:
    try:
        yield from pool.map(partial(_do, work), jobs)
    except BrokenProcessPool as error:
        raise CrewError(
            "a process of the night ended in the midst of its work, perhaps for want of memory; "
            "start the night again, with fewer --processes"
        ) from error


# What follows runs in the processes of the crew.

_makers: list[Callable[[], Tools]] = []


def _begin(make_tools: Callable[[], Tools]) -> None:
    _makers.append(make_tools)
    # Ctrl-C reaches all processes of a terminal, and ends these at once and without a word: what
    # was being written is written again by the next start.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=follow, args=(parent_process(), os._exit), daemon=True).start()


def follow(parent: BaseProcess, leave: Callable[[int], object]) -> None:
    """Call *leave* when *parent* is over, however it ended: nobody waits for this process then."""
    parent.join()
    leave(1)


@cache
def _tools() -> Tools:
    return _makers[-1]()


def _do(work: Callable[[Tools, Job], Result], job: Job) -> Result:
    return work(_tools(), job)
