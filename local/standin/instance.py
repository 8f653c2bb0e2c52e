"""Instances of a variant: containers as child processes, started again when they end."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import model.artifact
from local.standin.child_process import read_announcement
from local.standin.errors import ContainerError
from local.standin.http import Request, Response
from local.standin.pool import Pool
from model.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: One prediction is too small to share between threads; idle ones would only spin.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}

#: Between the end of a container and its next start.
_RESTART_SECONDS = 0.2

#: A container that has not ended by then is killed.
_STOP_SECONDS = 2.0


def unpack(artifact: Path) -> tempfile.TemporaryDirectory[str]:
    """Unpack a `model.tar.gz`, as SageMaker does before it starts a container.

    Raises:
        ArtifactError: There is no such file, or it is no gzipped tar.
    """
    folder = tempfile.TemporaryDirectory(prefix="stationcast-model-")
    try:
        model.artifact.unpack(artifact, Path(folder.name))
    except ArtifactError:
        folder.cleanup()
        raise
    return folder


class Instance:
    """One container.

    Args:
        title: What to call it in errors: the artifact, or the folder of models.
        arguments: Of `local.standin.container`.

    Attributes:
        is_up: Whether requests can be sent to it.
        pool: Connections to it.
        in_flight: Requests that it has not answered yet.
        loaded: Multi-model: folders of the models in it, the one used longest ago first.
        loading: Multi-model: models that are being loaded into it.
        making_room: Multi-model: held while a model is loaded and others make room for it.
    """

    def __init__(self, title: str, arguments: Sequence[str]) -> None:
        self._title = title
        self._arguments = arguments
        self.is_up = False
        self.in_flight = 0
        self.loaded: OrderedDict[str, tempfile.TemporaryDirectory[str]] = OrderedDict()
        self.loading: dict[str, asyncio.Task[None]] = {}
        self.making_room = asyncio.Lock()
        self.pool = Pool(0)  # nobody listens there
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the container, and keep it running from now on.

        Raises:
            ContainerError: It did not become ready; names the artifact.
        """
        process = await self._start()
        self._watch = asyncio.create_task(self._keep_running(process))

    async def stop(self) -> None:
        """End the container."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        if self._process is not None:
            await _end(self._process)
        self._forget_all()

    async def ask(self, request: Request, seconds: float | None = None) -> Response:
        """Send a request to the container.

        Args:
            request: The request.
            seconds: Within which it has to answer; None for as long as it takes.

        Raises:
            TimeoutError: It did not answer in time.
            OSError: It ended before it answered.
        """
        self.in_flight += 1
        try:
            async with asyncio.timeout(seconds):
                return await self.pool.ask(request)
        finally:
            self.in_flight -= 1

    def forget(self, target_model: str) -> None:
        """Note that a model is no longer in the container, if it ever was."""
        with suppress(KeyError):
            self.loaded.pop(target_model).cleanup()

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "local.standin.container", *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | _ONE_THREAD,
            # Ctrl-C is for the front, which then ends the containers.
            start_new_session=True,
        )
        announcement = read_announcement(await process.stdout.readline())  # type: ignore[union-attr]  # a pipe
        if "error" in announcement:
            await _end(process)
            raise ContainerError(self._title, announcement["error"])
        self.pool = Pool(announcement["port"])
        await self.pool.ask(Request("GET", "/ping"))
        self.is_up = True
        return process

    async def _keep_running(self, process: asyncio.subprocess.Process) -> None:
        while True:
            status = await process.wait()
            self._forget_all()
            print(f"{self._title}: container ended ({status}), starting again", file=sys.stderr)
            await asyncio.sleep(_RESTART_SECONDS)
            with suppress(ContainerError, OSError):
                process = await self._start()

    def _forget_all(self) -> None:
        self.is_up = False
        for target_model in list(self.loaded):
            self.forget(target_model)
        self.pool.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    process.stdin.close()  # type: ignore[union-attr]  # a pipe
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
