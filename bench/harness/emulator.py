"""A function in Lambda's own runtime, on this machine and without Docker.

AWS's runtime interface client runs the handler, under AWS's runtime interface emulator, which is
asked over HTTP. The function sees Python's standard library, its bundle and the client; none of
this environment's packages. Its folder is never written to, as in Lambda.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.harness.dynamodb import ENVIRONMENT, free_port
from bench.harness.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOME = Path(__file__).resolve().parents[2] / ".tools" / "lambda-runtime"

_INVOCATIONS = "/2015-03-31/functions/function/invocations"
_START_SECONDS = 30
_TIMEOUT_SECONDS = 60

#: `CPUCLOCK_SCHED` of the kernel: a process's own clock, made as clock_getcpuclockid(3) makes it.
_CPU_CLOCK = 2


class Emulator(NamedTuple):
    """A function that waits for events. Its process starts with the first one.

    Attributes:
        pid: Of the emulator.
        port: Where it listens on this machine.
    """

    pid: int
    port: int

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Send an event; return what the handler returned, or Lambda's description of its error.

        Raises:
            OSError: The emulator does not answer.
        """
        return json.loads(self.post(json.dumps(event).encode()))

    def post(self, event: bytes) -> bytes:
        """Send an event as it is; return what the runtime says, as it is.

        Raises:
            OSError: The emulator does not answer.
        """
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_SECONDS)) as client:
            client.request("POST", _INVOCATIONS, event)
            return client.getresponse().read()

    def cpu_seconds(self) -> float:
        """Return the processor time of the function's process so far; Linux only."""
        children = Path(f"/proc/{self.pid}/task").glob("*/children")
        (pid,) = (int(pid) for file in children for pid in file.read_text().split())
        return time.clock_gettime((~pid << 3) | _CPU_CLOCK)


def is_installed() -> bool:
    """Whether `scripts/runtimes.py` has fetched the runtime."""
    return HOME.exists()


@contextmanager
def emulating(
    folder: Path, handler: str, environment: Mapping[str, str], log: Path
) -> Iterator[Emulator]:
    """Run a function.

    Args:
        folder: Its bundle.
        handler: Its entry point, "module.function".
        environment: What Lambda would be told to give it, besides credentials and region.
        log: Gets what emulator and function print.

    Raises:
        ServerError: The runtime is not there, or does not start.
    """
    if not is_installed():
        raise ServerError("no Lambda runtime: run python scripts/runtimes.py")
    port, api_port = free_port(), free_port()
    command = [
        str(HOME / "aws-lambda-rie"),
        f"--runtime-interface-emulator-address=127.0.0.1:{port}",
        f"--runtime-api-address=127.0.0.1:{api_port}",
        # -S: without the packages of this environment.
        *(sys.executable, "-S", "-m", "awslambdaric", handler),
    ]
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 -- our own words
            command, cwd=folder, env=_environment(folder, environment), stdout=output, stderr=output
        ) as process,
    ):
        try:
            _wait_until_it_listens(port, log)
            yield Emulator(process.pid, port)
        finally:
            process.terminate()


def _environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{folder}:{HOME / 'python'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(_TIMEOUT_SECONDS),
        **ENVIRONMENT,
        **more,
    }


def _wait_until_it_listens(port: int, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if time.monotonic() > end:
                raise ServerError(f"the emulator does not listen: {log.read_text()}") from error
            time.sleep(0.01)
        else:
            return
