"""Servers that are measured, each a process of its own: ours, the constant, and those of others."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from bench.harness.errors import ServerError

HOST = "127.0.0.1"

#: The only route of the constant server.
CONSTANT_PATH = "/forecast"

#: Seconds in which a server must be ready: some import for ten on a busy machine.
_PATIENCE = 90

#: `CPUCLOCK_SCHED` of the kernel: a process's own clock, made as clock_getcpuclockid(3) makes it.
_CPU_CLOCK = 2


class Server(NamedTuple):
    """A running server.

    Attributes:
        pid: Its first process.
        port: Its port on `HOST`.
    """

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """Return the processor time that its processes have used so far; Linux only."""
        return sum(map(cpu_seconds_of, family_of(self.pid)))


def cpu_seconds_of(pid: int) -> float:
    """Return the processor time that all threads of a process have used so far; Linux only."""
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK)


def family_of(pid: int) -> list[int]:
    """Return a process and all its descendants; Linux only."""
    children: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):  # it, or a thread of it, has just ended
        for thread in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (thread / "children").read_text().split())
    return [pid, *chain.from_iterable(map(family_of, children))]


def free_port() -> int:
    """Return a port of this machine that is not in use."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving_api(
    store: str, environment: Mapping[str, str] | None = None, journal: Path | None = None
) -> Iterator[Server]:
    """Run `stationcast serve`.

    Args:
        store: URL of the store.
        environment: Variables that it gets besides those of this process.
        journal: File for the journal of real-time answers.

    Raises:
        ServerError: It did not start; says what it printed.
    """
    port = free_port()
    command = Path(sys.executable).with_name("stationcast")
    where = ("--store", store, "--port", str(port), "--journal", str(journal or os.devnull))
    known = {**os.environ, **(environment or {})}
    with serving_process(
        [command, "serve", *where], port, ["/healthz"], environment=known
    ) as server:
        yield server


@contextmanager
def serving_constant(body: Path) -> Iterator[Server]:
    """Run the least that FastAPI can do (`bench/peers/constant_server.py`).

    Args:
        body: File of the bytes that it sends.

    Raises:
        ServerError: It did not start; says what it printed.
    """
    port = free_port()
    command = [sys.executable, "-m", "bench.peers.constant_server", str(body), str(port)]
    with serving_process(command, port, [CONSTANT_PATH], environment=os.environ) as server:
        yield server


@contextmanager
def serving_process(
    command: Sequence[str | Path],
    port: int,
    ready: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    log: Path | None = None,
) -> Iterator[Server]:
    """Run a server, with all the processes that it starts, until it is no longer needed.

    Args:
        command: Starts it.
        port: Where it will listen.
        ready: Paths that all answer 200 when it is ready; without any it need only listen.
        environment: All of its variables.
        cwd: Its working directory; None for that of this process.
        log: File for what it prints; None for a temporary file.

    Raises:
        ServerError: It did not become ready; says what it printed.
    """
    with (
        log.open("w+") if log else tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(  # noqa: S603 -- our own words
            command, cwd=cwd, env=environment, stdout=said, stderr=said, start_new_session=True
        ) as process,
    ):
        try:
            if not _becomes_ready(process, port, ready):
                said.seek(0)
                raise ServerError(f"the server did not start: {said.read()[-2000:]}")
            yield Server(process.pid, port)
        finally:
            # Its workers, too.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _becomes_ready(process: subprocess.Popen[bytes], port: int, paths: Sequence[str]) -> bool:
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError, HTTPException):  # it does not listen yet
            socket.create_connection((HOST, port)).close()
            if all(_status_of(port, path) == HTTPStatus.OK for path in paths):
                return True
        time.sleep(0.02)
    return False


def _status_of(port: int, path: str) -> int:
    with closing(HTTPConnection(HOST, port, timeout=_PATIENCE)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status
