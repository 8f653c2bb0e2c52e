"""A container of the stand-in, without the endpoint in front of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness.errors import ServerError
from bench.harness.server import Server
from local.standin.child_process import read_announcement


@contextmanager
def running_container(folder: Path) -> Iterator[Server]:
    """Run a container with an unpacked artifact.

    Raises:
        ServerError: It did not start.
    """
    with subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-m", "local.standin.container", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
    ) as process:
        ready = read_announcement(process.stdout.readline() if process.stdout else b"")
        if "error" in ready:
            raise ServerError(f"the container did not start: {ready['error']}")
        yield Server(process.pid, int(ready["port"]))
