"""Processes of the stand-in: how a child reports that it is ready, and how it learns to stop.

A child prints one line of JSON: `{"port": …}` if it is ready, `{"error": …}` if it cannot start. It
runs until its standard input is closed, which happens however its parent ends.
"""

import asyncio
import json
import os
import signal
import sys
from typing import Any


class Parent:
    """The process that started this one and reads its standard output.

    From now on only the announcement goes there; what a model prints goes to standard error.
    """

    def __init__(self) -> None:
        self._output = os.dup(sys.stdout.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def announce(self, **fields: object) -> None:
        """Report, once, that this process is ready or why it cannot start."""
        with os.fdopen(self._output, "w") as output:
            print(json.dumps(fields), file=output)


def read_announcement(line: bytes) -> dict[str, Any]:
    """Read a child's announcement.

    Returns:
        `{"port": …}` or `{"error": …}`, the latter also if the child ended without a line.
    """
    if not line:
        return {"error": "the process ended before it was ready; see standard error"}
    announcement: dict[str, Any] = json.loads(line)
    return announcement


def told_to_stop(*, as_child: bool) -> asyncio.Event:
    """Return an event that Ctrl-C or SIGTERM sets, and in a child also the end of its parent."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if as_child:
        loop.add_reader(sys.stdin.fileno(), _read_end, stop)
    return stop


def _read_end(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()
