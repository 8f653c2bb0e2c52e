"""The models of a multi-model endpoint: loaded on demand, unloaded to make room.

This is SageMaker's behaviour: a target model is a path below the endpoint's folder, and the first
request for it loads it. When the container has no memory left, the least recently used model is
unloaded. A loaded model stays as it is even if its file changes.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import quote

import httpx

from local.standin.answers import model_error, model_not_ready, validation_error
from local.standin.endpoint import Endpoint
from local.standin.errors import RefusalError
from local.standin.instance import Instance, unpack
from model.errors import ArtifactError

_OK, _NOT_FOUND, _NO_MEMORY = 200, 404, 507


class TargetModels:
    """The models of a multi-model endpoint.

    Args:
        endpoint: The endpoint.
        folder: Where the artifacts are.
    """

    def __init__(self, endpoint: Endpoint, folder: str) -> None:
        self._endpoint = endpoint
        self._folder = Path(folder).resolve()

    async def ask(
        self, instance: Instance, target: str, headers: Mapping[str, str], content: bytes
    ) -> httpx.Response:
        """Send an invocation to a model, which is loaded first if necessary.

        Args:
            instance: The container.
            target: The model's path below the folder.
            headers: Headers of the invocation.
            content: Body of the invocation.

        Raises:
            RefusalError: The model does not exist, does not load or is not ready yet.
            TimeoutError: The model did not respond in time.
            ConnectionError: The container ended before it responded.
        """
        path = f"/models/{quote(target, safe='')}/invoke"
        while True:
            if target not in instance.loaded:
                await self._load(instance, target)
            with suppress(KeyError):  # another model may have pushed it out already
                instance.loaded.move_to_end(target)
            seconds = self._endpoint.answer_seconds
            response = await instance.ask("POST", path, headers, content, seconds)
            if response.status_code != _NOT_FOUND:
                return response
            # It was unloaded in between, to make room for another model.
            instance.forget(target)

    async def _load(self, instance: Instance, target: str) -> None:
        artifact = self._artifact(target)
        if target not in instance.loading:
            task = asyncio.create_task(self._load_from(instance, target, artifact))
            instance.loading[target] = task
            task.add_done_callback(lambda _: instance.loading.pop(target))
        loading = instance.loading[target]
        done, _ = await asyncio.wait([loading], timeout=self._endpoint.load_seconds)
        if not done:
            raise RefusalError(model_not_ready(target))
        await loading

    def _artifact(self, target: str) -> Path:
        artifact = (self._folder / target).resolve()
        if artifact.is_relative_to(self._folder) and artifact.is_file():
            return artifact
        message = (
            f"Failed to download model data ({target}). Please ensure that there is an object "
            "located at the URL and that the role passed to CreateModel has permissions to "
            "download the model."
        )
        raise RefusalError(validation_error(message))

    async def _load_from(self, instance: Instance, target: str, artifact: Path) -> None:
        try:
            folder = await asyncio.to_thread(unpack, artifact)
        except ArtifactError as error:
            message = f"Failed to extract model data ({target}): {error}"
            raise RefusalError(validation_error(message)) from error
        with ExitStack() as stack:
            stack.enter_context(folder)
            async with instance.making_room:
                response = await _load_into(instance, target, folder.name)
            if response.status_code != _OK:
                name, status = self._endpoint.name, response.status_code
                raise RefusalError(model_error(name, status, response.text))
            stack.pop_all()
            instance.loaded[target] = folder


async def _load_into(instance: Instance, target: str, folder: str) -> httpx.Response:
    wish = json.dumps({"model_name": target, "url": folder}).encode()
    response = await instance.ask("POST", "/models", content=wish)
    while response.status_code == _NO_MEMORY and instance.loaded:
        longest_unused = next(iter(instance.loaded))
        await instance.ask("DELETE", f"/models/{quote(longest_unused, safe='')}")
        instance.forget(longest_unused)
        response = await instance.ask("POST", "/models", content=wish)
    return response
