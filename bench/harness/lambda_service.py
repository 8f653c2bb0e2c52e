"""Lambda's Invoke API on this machine, in front of one function in its own runtime.

The emulator (`bench.harness.emulator`) runs the function, but does not mark errors as errors and
knows no function names. This service answers as Lambda does. It handles one event at a time; Lambda
would start the function once more instead.
"""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote

import boto3
from moto.server import ThreadedMotoServer

from bench.harness.emulator import Emulator, emulating
from bench.harness.loopback import HOST, Answer, Loopback

#: The name of the function, and its only version.
NAME, VERSION = "stationcast-model", "1"

HANDLER = "model_function.handler.handler"
BUCKET, KEY = "stationcast", "models/v1/model.tar.gz"

#: The path of the function.
INVOCATIONS = f"/2015-03-31/functions/{NAME}/invocations"

_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")

#: The emulator's answer, as text, for a function that exceeded its time limit.
_TIMED_OUT = b"Task timed out"


class LambdaService:
    """Answers Invoke.

    Args:
        emulator: Runs the function.

    Attributes:
        bad_answer: Sent at once instead of the function's answer; None to ask the function.
        hangs_up: Whether connections are closed without an answer.
        delay_seconds: How much longer every answer takes.
    """

    def __init__(self, emulator: Emulator) -> None:
        self.bad_answer: Answer | None = None
        self.hangs_up = False
        self.delay_seconds = 0.0
        self._emulator = emulator
        self._one_at_a_time = Lock()
        self._refuses = False
        self._service = Loopback(self._answer)

    @property
    def url(self) -> str:
        """The endpoint URL for boto3."""
        return self._service.url

    @property
    def port(self) -> int:
        """Its port on this machine."""
        return int(self.url.rpartition(":")[2])

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead boto3 to it."""
        return {"AWS_ENDPOINT_URL_LAMBDA": self.url}

    def start(self) -> None:
        """Accept connections."""
        self._refuses = False
        self._service.start()

    def stop(self) -> None:
        """Refuse connections, and close open ones at their next request."""
        self._refuses = True
        self._service.stop()

    def _answer(self, path: str, body: bytes) -> Answer | None:
        time.sleep(self.delay_seconds)
        if self.hangs_up or self._refuses:
            return None
        return self.bad_answer or self._invoke(path, body)

    def _invoke(self, path: str, body: bytes) -> Answer:
        found = _PATH.fullmatch(path)
        name = unquote(found[1]) if found else ""
        if name.partition(":")[0] != NAME:
            message = f"Function not found: arn:aws:lambda:local:000000000000:function:{name}"
            return refusal(404, "ResourceNotFoundException", message)
        with self._one_at_a_time:
            return _answer_of(self._emulator.post(body))


def refusal(status: int, code: str, message: str) -> Answer:
    """Make an error answer as Lambda does."""
    body = json.dumps({"Type": "User", "Message": message}).encode()
    return Answer(body, status, (("x-amzn-ErrorType", code),))


def failure(described: bytes) -> Answer:
    """Make the answer of Invoke for a function that failed; *described* is Lambda's account."""
    return Answer(described, headers=(("x-amz-function-error", "Unhandled"),))


def _answer_of(body: bytes) -> Answer:
    """Turn the emulator's answer into that of Invoke."""
    if body.startswith(_TIMED_OUT):
        described: Any = {"errorType": "Sandbox.Timedout", "errorMessage": body.decode()}
        return failure(json.dumps(described).encode())
    if b'"errorType"' in body:
        return failure(body)
    return Answer(body, headers=(("x-amz-executed-version", VERSION),))


@contextmanager
def serving_lambda(emulator: Emulator) -> Iterator[LambdaService]:
    """Serve the function that *emulator* runs, under `NAME`."""
    service = LambdaService(emulator)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@contextmanager
def object_store(objects: Mapping[str, bytes]) -> Iterator[str]:
    """Run an S3 on this machine with *objects*, by key, in `BUCKET`; yield its URL."""
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
        bundle: The built `ModelFunction`.
        artifact: `model.tar.gz`.
        log: Gets what the function prints.
    """
    with object_store({KEY: artifact.read_bytes()}) as url:
        variables = {"STATIONCAST_ARTIFACT": f"s3://{BUCKET}/{KEY}", "AWS_ENDPOINT_URL_S3": url}
        with emulating(bundle, HANDLER, variables, log) as emulator:
            yield emulator
