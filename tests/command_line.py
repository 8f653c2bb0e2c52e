"""Uses the command line as a person does: runs a command, or starts a server."""

import signal
import socket
import subprocess
import sys

import httpx
from click.testing import CliRunner

from local.commands.main import main

HERE = (sys.executable, "-m", "local")


def run(*arguments):
    """Run a command and return its result."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def said(result):
    """Return the output of a command on one line."""
    return " ".join(result.output.split())


def free_port():
    """Return a port that no program listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A `stationcast` process that serves, until the block ends with Ctrl-C.

    Attributes:
        greeting: Lines that it printed before it served.
        url: Its address.
        output: What it printed later; filled at the end.
    """

    def __init__(self, *arguments, command=HERE, folder=None):
        self.process = subprocess.Popen(
            [*command, *map(str, arguments), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
        )
        self.greeting, self.url, self.output = [], None, ""

    def __enter__(self):
        """Wait until the process serves."""
        for line in self.process.stdout:
            self.greeting.append(line.strip())
            if line.startswith("Serving on "):
                self.url = line.split()[-1]
            if line == "Ctrl-C stops.\n":
                return self
        raise AssertionError("\n".join(self.greeting))

    def get(self, path, **headers):
        """Send a request; return the response."""
        return httpx.get(f"{self.url}{path}", headers=headers)

    def __exit__(self, *_):
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        self.output = self.process.communicate(timeout=20)[0]
