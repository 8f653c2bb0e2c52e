"""Lambda handlers, each in a process of its own (`bench/harness/handler_process.py`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.harness.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = Path(__file__).with_name("handler_process.py")


class Handler:
    """A handler that waits for events."""

    def __init__(self, name: str, child: subprocess.Popen[str]) -> None:
        self._name = name
        self._child = child

    def cost(self, events: Sequence[Mapping[str, Any]], status: int) -> float:
        """Return the processor time of one of these events, in microseconds.

        Raises:
            ServerError: The process has ended, or an answer has another status.
        """
        if self._child.stdin is None or self._child.stdout is None:
            raise ServerError(f"{self._name}: no pipes")
        self._child.stdin.write(json.dumps([events, status]) + "\n")
        self._child.stdin.flush()
        said = self._child.stdout.readline()
        try:
            return float(said)
        except ValueError as error:
            raise ServerError(f"{self._name}: {said or 'it has ended'}") from error


@contextmanager
def running_handler(
    name: str, environment: Mapping[str, str], packages: Path | None = None
) -> Iterator[Handler]:
    """Run a handler until it is no longer needed.

    Args:
        name: Entry point, "module.function".
        environment: Its variables.
        packages: Folder of the only packages that it sees; None for this environment and ours.
    """
    alone = ["-S"] if packages else []
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(packages or _ROOT)}
    quiet = {"POWERTOOLS_LOG_LEVEL": "INFO"}
    with subprocess.Popen(  # noqa: S603 -- ours
        # -P: it must not find our modules beside the script.
        [sys.executable, "-P", *alone, str(_SCRIPT), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**path, **quiet, **environment},
    ) as child:
        try:
            yield Handler(name, child)
        finally:
            child.terminate()
