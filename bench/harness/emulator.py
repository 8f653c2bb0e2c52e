"""A function in Lambda's own runtime, on this machine and without Docker.

AWS's runtime interface client runs the handler under AWS's runtime interface emulator, which takes
events over HTTP. The function sees Python's standard library, its bundle and the client, but no
package of this environment. As in Lambda, its folder is never written to.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

from bench.harness.dynamodb import ENVIRONMENT
from bench.harness.errors import ServerError
from bench.harness.server import HOST, Server, cpu_seconds_of, family_of, free_port, serving_process

_HOME = Path(__file__).resolve().parents[2] / ".tools" / "lambda-runtime"

_INVOCATIONS = "/2015-03-31/functions/function/invocations"
_TIMEOUT_SECONDS = 60


class Emulator(NamedTuple):
    """A function that waits for events. Its process starts with the first one.

    Attributes:
        server: The emulator.
    """

    server: Server

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Send an event; return what the handler returned, or Lambda's description of its error.

        Raises:
            OSError: The emulator does not answer.
        """
        return json.loads(self.post(json.dumps(event).encode()))

    def post(self, event: bytes) -> bytes:
        """Send an event as it is; return the runtime's answer as it is.

        Raises:
            OSError: The emulator does not answer.
        """
        with closing(HTTPConnection(HOST, self.server.port, timeout=_TIMEOUT_SECONDS)) as client:
            client.request("POST", _INVOCATIONS, event)
            return client.getresponse().read()

    def cpu_seconds(self) -> float:
        """Return the processor time of the function's process so far; Linux only."""
        return sum(map(cpu_seconds_of, family_of(self.server.pid)[1:]))


def is_installed() -> bool:
    """Whether `scripts/runtimes.py` has fetched the runtime."""
    return _HOME.exists()


@contextmanager
def emulating(
    folder: Path, handler: str, environment: Mapping[str, str], log: Path
) -> Iterator[Emulator]:
    """Run a function.

    Args:
        folder: Its bundle.
        handler: Its entry point, "module.function".
        environment: Its variables, without credentials and region.
        log: Gets what emulator and function print.

    Raises:
        ServerError: The runtime is not installed, or does not start.
    """
    if not is_installed():
        raise ServerError("no Lambda runtime: run python scripts/runtimes.py")
    port = free_port()
    command = [
        str(_HOME / "aws-lambda-rie"),
        f"--runtime-interface-emulator-address={HOST}:{port}",
        f"--runtime-api-address={HOST}:{free_port()}",
        # -S: without the packages of this environment.
        *(sys.executable, "-S", "-m", "awslambdaric", handler),
    ]
    known = _environment(folder, environment)
    with serving_process(command, port, [], environment=known, cwd=folder, log=log) as server:
        yield Emulator(server)


def _environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{folder}:{_HOME / 'python'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(_TIMEOUT_SECONDS),
        **ENVIRONMENT,
        **more,
    }
