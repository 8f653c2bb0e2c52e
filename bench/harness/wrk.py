"""wrk, which asks from C: a client that costs so little that most of two cores is the server's."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.harness.errors import ServerError
from bench.harness.server import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Connections that each wait for an answer before they send the next request; from one thread.
CONNECTIONS = 16

_SCRIPT = Path(__file__).with_name("wrk.lua")


class Asked(NamedTuple):
    """What a round of requests was answered.

    Attributes:
        requests: That were answered.
        failed: Of them with an error of HTTP; and those that were not answered at all.
        seconds: That it took.
        p50: Median latency, seconds.
        p99: 99th percentile, seconds.
    """

    requests: int
    failed: int
    seconds: float
    p50: float
    p99: float


def write_requests(path: Path, requests: Sequence[bytes]) -> Path:
    """Write a file of requests for `ask_for`."""
    path.write_bytes(b"\0".join(requests))
    return path


def ask_for(port: int, requests: Path, seconds: int, sent: int = 0) -> Asked:
    """Ask the server on *port* for as long as told.

    Args:
        port: On `HOST`.
        requests: File of `write_requests`; sent in turn, from the first again after the last.
        seconds: How long, whole ones.
        sent: How many were sent before: it goes on with the one behind.

    Raises:
        ServerError: wrk is missing or failed, or an answer was no success.
    """
    wrk = find_wrk()
    threads = ["--threads", "1", "--connections", str(CONNECTIONS)]
    how = ["--duration", f"{seconds}s", "--timeout", "30s", "--script", str(_SCRIPT)]
    command = [wrk, *threads, *how, f"http://{HOST}:{port}", "--", str(requests), str(sent)]
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
    """Return wrk's version, as it says it."""
    # It exits with 1 when it is asked, which is no fault.
    done = subprocess.run([find_wrk(), "-v"], capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    return done.stdout.split()[1]
