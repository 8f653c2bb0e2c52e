"""The instances of a variant: containers as child processes, restarted when they end."""

import asyncio
import os
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

import model.artifact
from local.standin.child_process import read_announcement
from local.standin.errors import ContainerError
from local.standin.server import HOST
from model.errors import ArtifactError

#: One prediction is too small to share between threads; idle ones would only spin.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}

#: Seconds between the end of a container and its next start.
_RESTART_SECONDS = 0.2

#: Seconds after which a container that does not end is killed.
_STOP_SECONDS = 2.0


def unpack(artifact: Path) -> tempfile.TemporaryDirectory[str]:
    """Unpack a `model.tar.gz`, as SageMaker does before it starts a container.

    Raises:
        ArtifactError: There is no such file, or it is not a gzipped tar.
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
        title: Its name in errors: the artifact, or the folder of models.
        arguments: Arguments of `local.standin.container`.

    Attributes:
        is_up: Whether requests can be sent to it.
        in_flight: The number of requests that it has not answered yet.
        loaded: Multi-model: folders of the loaded models, the least recently used first.
        loading: Multi-model: models that are being loaded.
        making_room: Multi-model: held while a model is loaded and others are unloaded for it.
    """

    def __init__(self, title: str, arguments: Sequence[str]) -> None:
        self._title = title
        self._arguments = arguments
        self.is_up = False
        self.in_flight = 0
        self.loaded: OrderedDict[str, tempfile.TemporaryDirectory[str]] = OrderedDict()
        self.loading: dict[str, asyncio.Task[None]] = {}
        self.making_room = asyncio.Lock()
        self._client = httpx.AsyncClient()
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the container, and restart it whenever it ends.

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
        await self._forget_all()

    def connect(self, port: int) -> None:
        """Send requests to the container that listens on *port* of this machine."""
        self._client = httpx.AsyncClient(
            base_url=f"http://{HOST}:{port}",
            trust_env=False,
            timeout=None,  # noqa: S113 -- `ask` has its own
            limits=httpx.Limits(),
        )
        self.is_up = True

    async def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        seconds: float | None = None,
    ) -> httpx.Response:
        """Send a request to the container.

        Args:
            method: In capitals.
            path: Percent-encoded.
            headers: By name.
            content: The body.
            seconds: The time limit of the response; None for no limit.

        Raises:
            TimeoutError: The container did not respond in time.
            ConnectionError: The container ended before it responded.
        """
        self.in_flight += 1
        try:
            async with asyncio.timeout(seconds):
                return await self._client.request(method, path, headers=headers, content=content)
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error
        finally:
            self.in_flight -= 1

    def forget(self, target_model: str) -> None:
        """Note that a model is not loaded any more."""
        with suppress(KeyError):
            self.loaded.pop(target_model).cleanup()

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "local.standin.container", *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | _ONE_THREAD,
            # Ctrl-C should reach the front only, which then ends the containers.
            start_new_session=True,
        )
        announcement = read_announcement(await process.stdout.readline())  # type: ignore[union-attr]  # a pipe
        if "error" in announcement:
            await _end(process)
            raise ContainerError(self._title, announcement["error"])
        self.connect(announcement["port"])
        return process

    async def _keep_running(self, process: asyncio.subprocess.Process) -> None:
        while True:
            status = await process.wait()
            await self._forget_all()
            print(f"{self._title}: container ended ({status}), starting again", file=sys.stderr)
            await asyncio.sleep(_RESTART_SECONDS)
            with suppress(ContainerError):
                process = await self._start()

    async def _forget_all(self) -> None:
        self.is_up = False
        for target_model in list(self.loaded):
            self.forget(target_model)
        await self._client.aclose()


async def _end(process: asyncio.subprocess.Process) -> None:
    process.stdin.close()  # type: ignore[union-attr]  # a pipe
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
