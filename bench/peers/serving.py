"""Servers of others, each a process with an environment of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bench.harness.client import ask, get
from bench.harness.errors import ServerError
from bench.harness.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

#: Seconds in which a server must be ready: some import for ten on a machine that is busy.
_PATIENCE = 90


@contextmanager
def serving_process(
    command: Sequence[str | Path],
    port: int,
    ready: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
) -> Iterator[Server]:
    """Run a server until it is no longer needed, with all the processes it starts.

    Args:
        command: Starts it.
        port: Where it will listen.
        ready: Paths that are all answered 200 when it is ready.
        cwd: Its working directory.
        environment: All of its variables.

    Raises:
        ServerError: It did not become ready; says what it printed.
    """
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(  # noqa: S603 -- our own words
            command, cwd=cwd, env=environment, stdout=log, stderr=log, start_new_session=True
        ) as process,
    ):
        try:
            if not _is_ready(process, port, ready):
                log.seek(0)
                raise ServerError(f"the server did not start: {log.read()[-2000:]}")
            yield Server(process.pid, port)
        finally:
            # Its workers, too.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _is_ready(process: subprocess.Popen[bytes], port: int, paths: Sequence[str]) -> bool:
    requests = [get(path) for path in paths]
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError, ServerError):  # nobody listens yet
            if {answer.status for answer in ask(port, requests)} == {200}:
                return True
        time.sleep(0.1)
    return False
