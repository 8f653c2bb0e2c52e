"""A process that is watched from outside: what it and those that it starts use, and when.

Memory is the sum of what all of them hold, sampled; pages that they share count for each. What a
process prints is noted with the time, so that the samples can be told apart by state.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

from bench.harness.errors import NightError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SAMPLE_SECONDS = 0.02
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Sample(NamedTuple):
    """What a process and its children have at a time.

    Attributes:
        at: Seconds since 1970.
        resident_bytes: Memory.
        cpu_seconds: Used so far.
    """

    at: float
    resident_bytes: int
    cpu_seconds: float


class Line(NamedTuple):
    """A line that a process printed, and when, in seconds since 1970."""

    at: float
    text: str


class Cost(NamedTuple):
    """What a while cost.

    Attributes:
        wall_seconds: How long it was.
        cpu_seconds: Processor time of all processes in it, to a hundredth of a second.
        peak_bytes: The most memory that they held at once.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Watched:
    """A process that has ended well.

    Attributes:
        lines: What it printed.
        samples: In order of time.
        total: From its start to its end; processor time is the kernel's own count.
    """

    lines: Sequence[Line]
    samples: Sequence[Sample]
    total: Cost

    def cost(self, begun: float, ended: float) -> Cost:
        """Return what the time between two instants cost."""
        during = [sample for sample in self.samples if begun <= sample.at <= ended]
        if not during:  # it was shorter than the time between two samples
            return Cost(ended - begun, 0.0, 0)
        cpu = during[-1].cpu_seconds - during[0].cpu_seconds
        return Cost(ended - begun, cpu, max(sample.resident_bytes for sample in during))


def watch(command: Sequence[str | Path], environment: Mapping[str, str]) -> Watched:
    """Run a command and watch it.

    Args:
        command: The program and its arguments.
        environment: Variables that it gets besides those of this process.

    Raises:
        NightError: It ended with another status than 0; says what it printed.
    """
    samples: list[Sample] = []
    over = Event()
    started = time.time()
    with subprocess.Popen(  # noqa: S603 -- ours
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_with(environment)
    ) as process:
        sampler = Thread(target=_sample, args=(process.pid, samples, over))
        sampler.start()
        lines = [Line(time.time(), line) for line in process.stdout or ()]
        # Not `wait`: of one child alone only this call says what it used.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        ended = time.time()
        over.set()
        sampler.join()
    if process.returncode:
        raise NightError("".join(line.text for line in lines))
    peak = max(sample.resident_bytes for sample in samples)
    total = Cost(ended - started, usage.ru_utime + usage.ru_stime, peak)
    return Watched(lines, samples, total)


def _with(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of an installed program, whose byte code is kept."""
    ours = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**ours, **environment}


def _sample(pid: int, samples: list[Sample], over: Event) -> None:
    used: dict[int, float] = {}
    while not over.wait(_SAMPLE_SECONDS):
        resident = 0
        for each in _family(pid):
            try:
                resident += _PAGE * int(Path(f"/proc/{each}/statm").read_text().split()[1])
                # After the name, which may hold blanks.
                fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):  # it has just ended
                continue
            used[each] = _TICK * (int(fields[11]) + int(fields[12]))
        samples.append(Sample(time.time(), resident, sum(used.values())))


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return
    for child in children.split():
        yield from _family(int(child))
