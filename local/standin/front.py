"""The front of the stand-in: one process between boto3 and the containers.

POST /endpoints/NAME/invocations   SageMaker Runtime
POST /                             the control plane
GET /invocations                   number of invocations and errors by variant
GET PUT DELETE /faults             see `local.standin.faults`; on a second port too
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import uvloop
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.errors import LocalError
from local.standin.answers import (
    BODY_LIMIT,
    CUSTOM_ATTRIBUTES,
    INFERENCE_ID,
    TARGET_MODEL,
    TARGET_VARIANT,
    answer_of,
    endpoint_not_found,
    model_error,
    target_model_missing,
    target_model_not_supported,
    throttled,
    timed_out,
    too_large,
    unavailable,
    validation_error,
)
from local.standin.child_process import Parent, told_to_stop
from local.standin.control_plane import ControlPlane
from local.standin.endpoint import Endpoint
from local.standin.errors import FaultsError, RefusalError
from local.standin.faults import NO_FAULTS, Faults
from local.standin.instance import Instance, unpack
from local.standin.server import Listener, NoAnswer, application
from local.standin.target_models import TargetModels
from local.standin.weighted_choice import Weights
from model.errors import ModelError

#: The headers of a request that are passed to the container.
_FORWARDED = ("content-type", "accept", CUSTOM_ATTRIBUTES, INFERENCE_ID, TARGET_MODEL)

#: Unanswered requests of a shadow variant; it gets no further ones until it has answered some.
_SHADOW_LIMIT = 100

_ERROR = 400


class Ports(NamedTuple):
    """Ports of this machine.

    Attributes:
        port: The port of SageMaker Runtime and the control plane.
        faults_port: The port of the faults; no fault closes it.
    """

    port: int
    faults_port: int


class Front:
    """Serves an endpoint.

    Args:
        endpoint: What to serve.
        ports: Where to serve it; 0 for any free port.
        started: The current time, in seconds since 1970.

    Attributes:
        application: The front's HTTP application.
        instances: Containers by name of the variant, including shadow variants.

    Raises:
        OSError: A port is in use.
    """

    def __init__(self, endpoint: Endpoint, ports: Ports, started: float) -> None:
        self._endpoint = endpoint
        self._random = random.Random(endpoint.seed)  # noqa: S311 -- not for secrets
        self._weights = Weights(endpoint.production, self._random)
        names = [*endpoint.production, *endpoint.shadow]
        self.instances: dict[str, list[Instance]] = {name: [] for name in names}
        self._counts = {name: {"invocations": 0, "errors": 0} for name in names}
        self._shadows: set[asyncio.Task[None]] = set()
        self._faults = NO_FAULTS
        self._folders = list[tempfile.TemporaryDirectory[str]]()
        self._models = TargetModels(endpoint, endpoint.models) if endpoint.models else None
        self.application = application(
            [
                Route("/endpoints/{name}/invocations", self._invoke, methods=["POST"]),
                Route("/", ControlPlane(endpoint, self._weights, started).handle, methods=["POST"]),
                Route("/invocations", self._show_counts),
                Route("/faults", self._show_faults),
                Route("/faults", self._put_faults, methods=["PUT", "DELETE"]),
            ]
        )
        self._listener = Listener(self.application, ports.port)
        self._faults_listener = Listener(self.application, ports.faults_port)

    @property
    def ports(self) -> Ports:
        """The ports on which it listens."""
        return Ports(self._listener.port, self._faults_listener.port)

    async def start(self) -> None:
        """Start all containers, then accept requests.

        Raises:
            ContainerError: A container does not become ready.
            ArtifactError: There is no such artifact.
        """
        artifacts = {**self._endpoint.variants, **self._endpoint.shadow}
        for name, instances in self.instances.items():
            title = artifacts.get(name, str(self._endpoint.models))
            arguments = await self._arguments(artifacts.get(name))
            instances += [Instance(title, arguments) for _ in range(self._endpoint.workers)]
        starts = [instance.start() for instance in self._all()]
        for error in filter(None, await asyncio.gather(*starts, return_exceptions=True)):
            raise error
        await self._faults_listener.listen()
        await self._listener.listen()

    async def stop(self) -> None:
        """Close the ports and stop the containers."""
        self._listener.close()
        self._faults_listener.close()
        for task in self._shadows:
            task.cancel()
        await asyncio.gather(*(instance.stop() for instance in self._all()))
        for folder in self._folders:
            folder.cleanup()

    def _all(self) -> list[Instance]:
        return [instance for instances in self.instances.values() for instance in instances]

    async def _arguments(self, artifact: str | None) -> list[str]:
        if artifact is None:
            return ["--models", str(self._endpoint.most_models)]
        self._folders.append(await asyncio.to_thread(unpack, Path(artifact)))
        return [self._folders[-1].name]

    async def _show_counts(self, _request: Request) -> Response:
        return JSONResponse(self._counts)

    async def _show_faults(self, _request: Request) -> Response:
        return JSONResponse(self._faults.to_json())

    async def _put_faults(self, request: Request) -> Response:
        body = await request.body() if request.method == "PUT" else b"{}"
        try:
            self._faults = Faults.from_json(body, self.instances)
        except FaultsError as error:
            return JSONResponse({"Message": str(error)}, 400)
        if self._faults.refuse:
            await self._listener.refuse()
        else:
            await self._listener.listen()
        return await self._show_faults(request)

    async def _invoke(self, request: Request) -> Response:
        # The whole body is read in any case: a client that is still sending reads no response.
        if len(await request.body()) > BODY_LIMIT:
            return too_large()
        if refusal := self._refusal(request, request.path_params["name"]):
            return refusal
        variant = request.headers.get(TARGET_VARIANT) or self._weights.draw()
        self._send_to_shadow(request)
        response = await self._with_faults(request, variant)
        self._count(variant, response)
        return response

    def _refusal(self, request: Request, name: str) -> Response | None:
        if name != self._endpoint.name:
            return endpoint_not_found(name)
        variant = request.headers.get(TARGET_VARIANT)
        if variant is not None and variant not in self._endpoint.production:
            return validation_error(f"Variant {variant} of endpoint {name} not found.")
        if self._models is None and TARGET_MODEL in request.headers:
            return target_model_not_supported(name)
        if self._models is not None and TARGET_MODEL not in request.headers:
            return target_model_missing(name)
        return None

    async def _with_faults(self, request: Request, variant: str) -> Response:
        faults = self._faults if self._faults.concern(variant) else NO_FAULTS
        if self._happens(faults.throttle_rate):
            return throttled()
        limit = self._endpoint.answer_seconds
        if faults.delay_seconds:
            await asyncio.sleep(min(faults.delay_seconds, limit))
        if faults.delay_seconds >= limit:
            return timed_out(self._endpoint.name)
        if self._happens(faults.drop_rate):
            return NoAnswer()
        if self._happens(faults.error_rate):
            return model_error(self._endpoint.name, 500, "error_rate of the stand-in's faults")
        return await self._ask(request, variant)

    def _happens(self, rate: float) -> bool:
        # No draw if the fault is off, so that the same seed gives the same variants.
        return rate > 0 and self._random.random() < rate

    async def _ask(self, request: Request, variant: str) -> Response:
        target = request.headers.get(TARGET_MODEL, "")
        ready = [instance for instance in self.instances[variant] if instance.is_up]
        if not ready:
            return unavailable()
        instance = min(ready, key=lambda one: (target not in one.loaded, one.in_flight))
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        body, name = await request.body(), self._endpoint.name
        try:
            if self._models is None:
                seconds = self._endpoint.answer_seconds
                response = await instance.ask("POST", "/invocations", headers, body, seconds)
            else:
                response = await self._models.ask(instance, target, headers, body)
        except RefusalError as refusal:
            return refusal.response
        except TimeoutError:
            return timed_out(name)
        except ConnectionError as error:
            return model_error(name, 500, f"the container ended: {error}")
        return answer_of(response, name, variant)

    def _count(self, variant: str, response: Response) -> None:
        self._counts[variant]["invocations"] += 1
        if response.status_code >= _ERROR:
            self._counts[variant]["errors"] += 1

    def _send_to_shadow(self, request: Request) -> None:
        for variant in self._endpoint.shadow:
            if len(self._shadows) < _SHADOW_LIMIT:
                task = asyncio.create_task(self._shadow(request, variant))
                self._shadows.add(task)
                task.add_done_callback(self._shadows.discard)

    async def _shadow(self, request: Request, variant: str) -> None:
        self._count(variant, await self._ask(request, variant))


async def serve(
    endpoint: Endpoint, ports: Ports, ready: Callable[[Ports], None], *, as_child: bool
) -> None:
    """Serve an endpoint until Ctrl-C or SIGTERM.

    Args:
        endpoint: What to serve.
        ports: Where to serve it; 0 for any free port.
        ready: Called once, with the ports, when all containers are ready.
        as_child: Whether to stop when the parent process ends, too.

    Raises:
        ContainerError: A container does not become ready.
        ArtifactError: There is no such artifact.
        OSError: A port is in use.
    """
    front = Front(endpoint, ports, time.time())
    try:
        await front.start()
        stop = told_to_stop(as_child=as_child)
        ready(front.ports)
        await stop.wait()
    finally:
        await front.stop()


def main() -> None:
    """Serve the endpoint that the first line of standard input describes, until the input ends."""
    parent = Parent()
    start = json.loads(sys.stdin.readline())
    ports = Ports(start["port"], start["faults_port"])
    endpoint = Endpoint(**start["endpoint"])
    try:
        uvloop.run(
            serve(endpoint, ports, lambda at: parent.announce(**at._asdict()), as_child=True)
        )
    except (LocalError, ModelError, OSError) as error:
        parent.announce(error=str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
