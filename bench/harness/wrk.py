"""Asks servers with wrk, a client in C that leaves most of two cores to the server."""

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.harness.errors import ServerError
from bench.harness.figures import Figure
from bench.harness.server import HOST

#: Each connection waits for an answer before it sends the next request; one thread has them all.
CONNECTIONS = 16

_SCRIPT = Path(__file__).with_name("wrk.lua")


class Asked(NamedTuple):
    """What wrk measured.

    Attributes:
        requests: How many were answered.
        failed: How many of them with an HTTP error, plus those that were not answered.
        seconds: How long it asked.
        p50: Median latency, seconds.
        p99: 99th percentile, seconds.
        cpu: Processor time that the server used, seconds a request; 0 if unknown.
    """

    requests: int
    failed: int
    seconds: float
    p50: float
    p99: float
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def text(self) -> str:
        """The measurement in a few words."""
        return f"{self.cpu * 1e6:,.0f} µs"


def asking(
    port: int, cpu_seconds: Callable[[], float], requests: Path, seconds: int
) -> Callable[[], Asked]:
    """Return what measures one round; each round continues where the last one ended.

    Args:
        port: Port of the server.
        cpu_seconds: Returns the processor time that the server has used so far.
        requests: File of `write_requests`.
        seconds: Length of a round.
    """
    sent = 0

    def run() -> Asked:
        nonlocal sent
        before = cpu_seconds()
        asked = ask_for(port, requests, seconds, sent)
        sent += asked.requests
        return asked._replace(cpu=(cpu_seconds() - before) / asked.requests)

    return run


def round_figures(name: str, rounds: Sequence[Asked]) -> list[Figure]:
    """Make figures of the rounds of a case: medians."""
    return [
        Figure(f"{name}: CPU", median(each.cpu for each in rounds) * 1e6, "µs"),
        Figure(f"{name}: requests", median(each.rate for each in rounds), "1/s"),
        Figure(f"{name}: p50", median(each.p50 for each in rounds) * 1e3, "ms"),
        Figure(f"{name}: p99", median(each.p99 for each in rounds) * 1e3, "ms"),
    ]


def write_requests(path: Path, requests: Sequence[bytes]) -> Path:
    """Write a file of requests for `ask_for`."""
    path.write_bytes(b"\0".join(requests))
    return path


def ask_for(port: int, requests: Path, seconds: int, sent: int = 0) -> Asked:
    """Send requests one after the other, from the first again after the last.

    Args:
        port: Port on `HOST`.
        requests: File of `write_requests`.
        seconds: How long, whole ones.
        sent: How many were sent before; the next request is sent first.

    Raises:
        ServerError: wrk is missing or failed, or an answer was an error.
    """
    threads = ["--threads", "1", "--connections", str(CONNECTIONS)]
    how = ["--duration", f"{seconds}s", "--timeout", "30s", "--script", str(_SCRIPT)]
    command = [find_wrk(), *threads, *how, f"http://{HOST}:{port}", "--", str(requests), str(sent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    if done.returncode:
        raise ServerError(f"wrk: {done.stderr or done.stdout}")
    asked = Asked(**json.loads(done.stdout.splitlines()[-1]))
    if asked.failed or not asked.requests:
        raise ServerError(f"wrk: {asked.failed} of {asked.requests} requests failed")
    return asked


def find_wrk() -> str:
    """Return the path of wrk.

    Raises:
        ServerError: It is missing; says how to install it.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise ServerError("no wrk: apt-get install wrk (Debian, Ubuntu) or brew install wrk")
    return wrk


def wrk_version() -> str:
    """Return wrk's version."""
    # It exits with 1 after it has printed its version.
    done = subprocess.run([find_wrk(), "-v"], capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    return done.stdout.split()[1]
