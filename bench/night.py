"""A measured night: `stationcast nightly` as a process of its own, from its start to its end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import NightError
from bench.stored import opened
from forecasts.runs import list_runs
from forecasts.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

#: What no state accounts for: imports, the model, PublishRun, the end of the process.
REST = "the rest"

_BYTES_PER_KIB = 1024


@dataclass(frozen=True, slots=True)
class MeasuredNight:
    """What a night cost.

    Attributes:
        wall_seconds: From the start of the process to its end, imports included.
        cpu_seconds: Of all its threads.
        peak_bytes: The most memory it had.
        state_seconds: By state; the rest of *wall_seconds* as `REST`.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    state_seconds: Mapping[str, float]


def measure_night(
    observations: Path, model: Path, store: Path, issue_time: datetime
) -> MeasuredNight:
    """Run a night from *observations* into the new SQLite file *store*.

    The first night of all should not count: it fills the cache of files and writes byte code.

    Raises:
        NightError: It did not publish; says what the command printed.
    """
    command = Path(sys.executable).with_name("stationcast")
    where = ("--observations", observations, "--model", model, "--store", f"sqlite:///{store}")
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 -- our own command
        [command, "nightly", *where, "--issue-time", utc_text(issue_time)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
    ) as process:
        printed = process.stdout.read() if process.stdout else b""
        # Not `wait`: of one child alone only this call says what it used.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode:
        raise NightError(printed.decode(errors="replace"))
    cpu = usage.ru_utime + usage.ru_stime
    return MeasuredNight(wall, cpu, usage.ru_maxrss * _BYTES_PER_KIB, _states(store, wall))


def _environment() -> dict[str, str]:
    """Return the environment of an installed program, whose byte code is kept."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _states(store: Path, wall_seconds: float) -> dict[str, float]:
    with opened(store) as published:
        (run,) = list_runs(published)
    seconds: dict[str, float] = run.report["seconds"]
    return {**seconds, REST: wall_seconds - sum(seconds.values())}
