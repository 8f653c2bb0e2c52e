"""A process that answers each line of its input with a line of output."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.harness.errors import ServerError


class LineProcess:
    """A running process."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child

    def ask(self, line: str = "") -> str:
        """Send a line, unless it is empty; return the next line of output.

        Raises:
            ServerError: The process has ended.
        """
        if self._child.stdin is None or self._child.stdout is None:
            raise ServerError("the process has no pipes")
        if line:
            self._child.stdin.write(f"{line}\n")
            self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer:
            raise ServerError("the process has ended; its error is above")
        return answer


@contextmanager
def line_process(
    command: Sequence[str | Path], environment: Mapping[str, str]
) -> Iterator[LineProcess]:
    """Run a process until it is no longer needed; *environment* has all of its variables."""
    with subprocess.Popen(  # noqa: S603 -- our own words
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as child:
        try:
            yield LineProcess(child)
        finally:
            child.terminate()
