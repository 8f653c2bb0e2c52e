"""Servers that are measured, each a process of its own: `python -m bench.harness.server`.

All run under uvicorn with one worker and the same event loop and HTTP parser, so that what differs
is the application: ours over a SQLite file, with the website or a real-time model, or the least
that FastAPI can do, which sends the same constant bytes from one route.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

import click
import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

from api.app import make_app
from api.connect import open_realtime
from api.reading.dynamodb_json import loads
from api.settings import Settings
from bench.harness.errors import ServerError
from forecasts.stores.open import open_store
from local.serving.website import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import ASGIApp

HOST = "127.0.0.1"

#: The built website.
DIST = Path(__file__).parents[2] / "web" / "dist"

#: The only route of the constant application.
CONSTANT_PATH = "/forecast"

#: `CPUCLOCK_SCHED` of the kernel: a process's own clock, made as clock_getcpuclockid(3) makes it.
_CPU_CLOCK = 2


class Server(NamedTuple):
    """A server that runs.

    Attributes:
        pid: Its process.
        port: On `HOST`.
    """

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """Return the processor time that all of its threads have used so far; Linux only."""
        return cpu_seconds_of(self.pid)


def cpu_seconds_of(pid: int) -> float:
    """Return the processor time that all threads of a process have used so far; Linux only."""
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK)


def family_of(pid: int) -> list[int]:
    """Return a process and all that it has started, and they; Linux only."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    return [pid, *chain.from_iterable(map(family_of, children))]


@contextmanager
def serving(
    kind: str, source: str, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server.

    Args:
        kind: `stationcast`, `website`, `realtime` or `constant`.
        source: URL of the store, or the file with the bytes; of `realtime` the file that gets the
            journal.
        environment: Variables that the server gets besides those of this process.

    Raises:
        ServerError: It did not start; its own words are on standard error.
    """
    command = [sys.executable, "-m", "bench.harness.server", kind, source]
    with subprocess.Popen(  # noqa: S603 -- ours
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise ServerError(f"the server {kind} over {source} did not start")
            yield Server(process.pid, int(line))
        finally:
            process.terminate()


def constant_app(body: bytes) -> FastAPI:
    """Make the application that a lookup is compared with."""
    app = FastAPI(openapi_url=None)
    headers = {"content-encoding": "gzip"}

    @app.get(CONSTANT_PATH)
    async def forecast() -> Response:
        return Response(body, media_type="application/json", headers=headers)

    return app


@click.group()
def main() -> None:
    """Serve on a free port, which is printed, until terminated."""


@main.command()
@click.argument("url")
def stationcast(url: str) -> None:
    """Serve the API over the store URL."""

    def now() -> datetime:
        return datetime.now(UTC)

    with closing(open_store(url, now, environment=os.environ, loads=loads)) as store:
        _serve(make_app(store, now))


@main.command()
@click.argument("url")
def website(url: str) -> None:
    """Serve the built website and the API over the store URL."""

    def now() -> datetime:
        return datetime.now(UTC)

    with closing(open_store(url, now, environment=os.environ, loads=loads)) as store:
        _serve(Site(make_app(store, now), DIST))


@main.command()
@click.argument("journal", type=click.File("a"))
def realtime(journal: TextIO) -> None:
    """Serve the API with a real-time model; the environment is that of the Lambda function."""

    def now() -> datetime:
        return datetime.now(UTC)

    def write(line: str) -> None:
        print(line, file=journal, flush=True)

    settings = Settings.of(os.environ)
    with closing(open_store(settings.store, now, environment=os.environ, loads=loads)) as store:
        _serve(make_app(store, now, open_realtime(settings, store, now, write)))


@main.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def constant(path: Path) -> None:
    """Serve the bytes of PATH, which are gzip."""
    _serve(constant_app(path.read_bytes()))


def _serve(app: ASGIApp) -> None:
    with socket.create_server((HOST, 0)) as listener:
        # Connections that come before the server takes them wait: the port is ready.
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(app, loop="uvloop", http="httptools", log_level="warning")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
