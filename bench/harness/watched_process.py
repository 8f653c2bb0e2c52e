"""A process that is watched from outside: what it and its descendants use, and when.

Memory is the sum over these processes, sampled; pages that they share count for each of them. The
lines that the process prints are noted with the time, so that samples can be assigned to states.
They are read from /proc, because psutil would go through all processes of the machine each time.
"""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from bench.harness.errors import NightError
from bench.harness.server import family_of

_SAMPLE_SECONDS = 0.02
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Sample(NamedTuple):
    """What a process and its descendants use at one instant.

    Attributes:
        at: Seconds since 1970.
        resident_bytes: Their memory.
        cpu_seconds: The processor time that they have used so far.
    """

    at: float
    resident_bytes: int
    cpu_seconds: float


class Line(NamedTuple):
    """A line that a process printed, and when, in seconds since 1970."""

    at: float
    text: str


class Cost(NamedTuple):
    """What an interval cost.

    Attributes:
        wall_seconds: Its length.
        cpu_seconds: Processor time of all processes, to a hundredth of a second.
        peak_bytes: The most memory that they held at once.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Watched:
    """A process that has succeeded.

    Attributes:
        lines: What it printed.
        samples: The samples, oldest first.
        total: From its start to its end; the processor time is the kernel's own count.
    """

    lines: Sequence[Line]
    samples: Sequence[Sample]
    total: Cost

    def cost(self, begun: float, ended: float) -> Cost:
        """Return what the time between two instants cost."""
        during = [sample for sample in self.samples if begun <= sample.at <= ended]
        if not during:  # shorter than the time between two samples
            return Cost(ended - begun, 0.0, 0)
        cpu = during[-1].cpu_seconds - during[0].cpu_seconds
        return Cost(ended - begun, cpu, max(sample.resident_bytes for sample in during))


def watch(command: Sequence[str | Path], environment: Mapping[str, str]) -> Watched:
    """Run a command and watch it.

    Args:
        command: The program and its arguments.
        environment: Variables that it gets besides those of this process.

    Raises:
        NightError: Its exit status is not 0; says what it printed.
    """
    # Byte code is kept, as it is of an installed program.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    samples: list[Sample] = []
    over = Event()
    started = time.time()
    with subprocess.Popen(  # noqa: S603 -- ours
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**inherited, **environment},
    ) as process:
        sampler = Thread(target=_sample, args=(process.pid, samples, over))
        sampler.start()
        lines = [Line(time.time(), line) for line in process.stdout or ()]
        # Not `wait`: only this call returns what a single child used.
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


def _sample(pid: int, samples: list[Sample], over: Event) -> None:
    used: dict[int, float] = {}
    while not over.wait(_SAMPLE_SECONDS):
        resident = 0
        for each in family_of(pid):
            with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                resident += _PAGE * int(Path(f"/proc/{each}/statm").read_text().split()[1])
                # After the name, which may contain blanks.
                fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
                used[each] = _TICK * (int(fields[11]) + int(fields[12]))
        samples.append(Sample(time.time(), resident, sum(used.values())))
