"""Attempts: a task is done in a process of its own, and its death costs a station, not the set.

A task whose process dies is tried once more. If it dies again, halves of its stations are only
read, then halves of these, until the stations that kill a process are known. They are left out. A
lost machine is Spark's business, which gives the tasks to another one.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import IO, NamedTuple, cast

from batch_jobs.training.child import REFUSED
from batch_jobs.training.errors import GroupError
from batch_jobs.training.preparation import Job

#: Not how it ended, which is chance: the same observations make the same manifest.
_DEADLY = (
    "reading it kills the process that does, again and again; perhaps it needs too much memory"
)
_INTERRUPTED = "interrupted"


class Ended(NamedTuple):
    """How a process ended.

    Attributes:
        status: 0 if its task is done.
        reason: Why it failed, for people.
    """

    status: int
    reason: str


class Children:
    """The processes that this one has started; they end with `stop`, or with this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_stopped = False

    def stop(self) -> None:
        """Kill all processes; no other one starts afterwards."""
        with self._lock:
            self._is_stopped = True
            for process in self._running:
                process.kill()

    def run(self, job: Job, *options: str) -> Ended:
        """Do a task in a new process.

        Raises:
            GroupError: The task, not one of its stations, makes it fail.
        """
        with self._lock:
            if self._is_stopped:
                raise GroupError(job.group, _INTERRUPTED)
            # In a session of its own, because Ctrl-C is the parent's business.
            process = subprocess.Popen(  # noqa: S603 -- ours
                [sys.executable, "-m", "batch_jobs.training.child", *options],
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            self._running.add(process)
        return self._ended(process, job)

    def _ended(self, process: subprocess.Popen[bytes], job: Job) -> Ended:
        to_child, from_child = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stderr)
        # A process that has died already does not read.
        with suppress(BrokenPipeError):
            to_child.write(f"{job.to_json()}\n".encode())
            to_child.flush()
        with from_child:
            said = from_child.read().decode(errors="replace").strip()
        status = process.wait()
        with suppress(BrokenPipeError):
            to_child.close()
        with self._lock:
            self._running.discard(process)
            if self._is_stopped:
                raise GroupError(job.group, _INTERRUPTED)
        reason = said.rpartition("\n")[2] or _signal_or_status(status)
        if status == REFUSED:
            raise GroupError(job.group, reason)
        return Ended(status, reason)


def _signal_or_status(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"


def attempt(job: Job, children: Children) -> None:
    """Do a task; leave out the stations at which its process dies.

    Raises:
        GroupError: It cannot be done, nor without single stations.
    """
    ended = children.run(job)
    if ended.status:
        ended = children.run(job)
    if ended.status and (lost := _deadly(job, job.stations, children)):
        ended = children.run(replace(job, lost=lost))
    if ended.status:
        reason = f"its process died twice, and no single station is the cause: {ended.reason}"
        raise GroupError(job.group, reason)


def _deadly(job: Job, stations: Sequence[str], children: Children) -> dict[str, str]:
    """Return the stations at which a process dies, with the reason to name."""
    lost: dict[str, str] = {}
    middle = len(stations) // 2
    for half in filter(None, (stations[:middle], stations[middle:])):
        others = dict.fromkeys(set(job.stations).difference(half), "")
        ended = children.run(replace(job, lost=others), "--dry")
        if ended.status and len(half) == 1:
            lost[half[0]] = _DEADLY
        elif ended.status:
            lost |= _deadly(job, half, children)
    return lost
