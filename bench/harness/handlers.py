"""Lambda handlers, each in a process of its own (`bench/harness/handler_process.py`)."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.harness.errors import ServerError
from bench.harness.line_process import LineProcess, line_process

_ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = Path(__file__).with_name("handler_process.py")


class Handler(NamedTuple):
    """A handler that waits for events."""

    name: str
    process: LineProcess

    def cost(self, events: Sequence[Mapping[str, Any]], status: int) -> float:
        """Return the processor time of one of these events, in microseconds.

        Raises:
            ServerError: The process has ended, or an answer has another status.
        """
        said = self.process.ask(json.dumps([events, status]))
        try:
            return float(said)
        except ValueError as error:
            raise ServerError(f"{self.name}: {said}") from error


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
    # -P: it must not find our modules beside the script.
    command: list[str | Path] = [sys.executable, "-P", *alone, _SCRIPT, name]
    with line_process(command, {**path, **quiet, **environment}) as process:
        yield Handler(name, process)
