"""Lambda's Invoke API on this machine, in front of one function in its own runtime.

The emulator (`bench.harness.emulator`) runs the function, but does not say of an answer whether it
is an error, knows no names, and one boto3 client cannot tell it from a broken connection. This says
what Lambda says. Events are handled one by one: Lambda would start the function once more instead.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import boto3
from moto.server import ThreadedMotoServer

from bench.harness.emulator import emulating
from local.standin.http import HOST, HttpServer, Request, Response, json_response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench.harness.emulator import Emulator

#: What the function is called, and the only version that there is.
NAME, VERSION = "stationcast-model", "1"

HANDLER = "model_function.handler.handler"
BUCKET, KEY = "stationcast", "models/v1/model.tar.gz"

_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")

#: What the emulator says, as text, of a function that Lambda has ended.
_TIMED_OUT = b"Task timed out"


class LambdaService:
    """Answers Invoke.

    Args:
        emulator: Runs the function.

    Attributes:
        bad_answer: What comes instead of the function's answer, at once; None to ask the function.
        hangs_up: Whether connections are closed without an answer.
        delay_seconds: How much longer every answer takes.
    """

    def __init__(self, emulator: Emulator) -> None:
        self.bad_answer: Response | None = None
        self.hangs_up = False
        self.delay_seconds = 0.0
        self._emulator = emulator
        self._one_at_a_time = asyncio.Lock()
        self._loop = asyncio.new_event_loop()
        self._server = HttpServer(self._handle, 0)

    @property
    def url(self) -> str:
        """Where boto3 finds it."""
        return f"http://{HOST}:{self._server.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead boto3 to it."""
        return {"AWS_ENDPOINT_URL_LAMBDA": self.url}

    def refuse(self, *, connections: bool) -> None:
        """Refuse connections, or take them again."""

        async def change() -> None:
            if connections:
                self._server.refuse()
            else:
                await self._server.listen()

        asyncio.run_coroutine_threadsafe(change(), self._loop).result()

    def run(self, listening: Event) -> None:
        """Serve until `stop`."""
        self._loop.run_until_complete(self._server.listen())
        listening.set()
        self._loop.run_forever()
        self._server.close()
        # What was closed tells its connections in the next turn of the loop.
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def stop(self) -> None:
        """End `run`."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _handle(self, request: Request) -> Response | None:
        await asyncio.sleep(self.delay_seconds)
        if self.hangs_up:
            return None
        return self.bad_answer or await self._invoke(request)

    async def _invoke(self, request: Request) -> Response:
        found = _PATH.fullmatch(request.path)
        name = unquote(found[1]) if found else ""
        if name.partition(":")[0] != NAME:
            message = f"Function not found: arn:aws:lambda:local:000000000000:function:{name}"
            return refusal(404, "ResourceNotFoundException", message)
        async with self._one_at_a_time:
            body = await asyncio.to_thread(self._emulator.post, request.body)
        return _answer_of(body)


def refusal(status: int, code: str, message: str) -> Response:
    """Write an error as Lambda does."""
    return json_response(status, {"Type": "User", "Message": message}, **{"x-amzn-ErrorType": code})


def _answer_of(body: bytes) -> Response:
    """Turn what the emulator says into the answer of Invoke."""
    if body.startswith(_TIMED_OUT):
        described: Any = {"errorType": "Sandbox.Timedout", "errorMessage": body.decode()}
        body = json.dumps(described).encode()
    headers = {"content-type": "application/json", "x-amz-executed-version": VERSION}
    if b'"errorType"' in body:
        headers["x-amz-function-error"] = "Unhandled"
    return Response(200, body, headers)


@contextmanager
def serving_lambda(emulator: Emulator) -> Iterator[LambdaService]:
    """Serve the function that *emulator* runs, under `NAME`."""
    service = LambdaService(emulator)
    listening = Event()
    thread = Thread(target=service.run, args=(listening,))
    thread.start()
    try:
        listening.wait()
        yield service
    finally:
        service.stop()
        thread.join()


@contextmanager
def object_store(objects: Mapping[str, bytes]) -> Iterator[str]:
    """Run an S3 on this machine that holds *objects*, by key, in `BUCKET`; yields its URL."""
    server = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
    # It would write a line for each request.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 -- it takes any
        )
        client.create_bucket(Bucket=BUCKET)
        for key, content in objects.items():
            client.put_object(Bucket=BUCKET, Key=key, Body=content)
        yield url
    finally:
        server.stop()


@contextmanager
def model_function(bundle: Path, artifact: Path, log: Path) -> Iterator[Emulator]:
    """Run the model's function over an artifact, which it finds in an S3 on this machine.

    Args:
        bundle: Of `ModelFunction`.
        artifact: `model.tar.gz`.
        log: Gets what the function prints.
    """
    with object_store({KEY: artifact.read_bytes()}) as url:
        variables = {"STATIONCAST_ARTIFACT": f"s3://{BUCKET}/{KEY}", "AWS_ENDPOINT_URL_S3": url}
        with emulating(bundle, HANDLER, variables, log) as emulator:
            yield emulator
