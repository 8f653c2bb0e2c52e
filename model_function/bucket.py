"""Reads a whole object from S3 with one signed request.

Importing boto3 and making a client would take longer than the rest of the function's start. Nothing
here needs boto3: Lambda puts keys and region into the environment, the bucket is in the same
region, and its name has no dots.
"""

import re
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime
from hashlib import sha256
from http.client import HTTPException

from forecasts.aws.http import Connections, Response, Server
from forecasts.aws.s3 import object_place
from forecasts.aws.sigv4 import Credentials, Signer
from model_function.errors import FetchError, SettingsError

_URL = re.compile(r"s3://([a-z0-9-]{3,63})/(.+)")

#: How many seconds S3 may send nothing, and the number of tries. Lambda allows a start ten seconds.
_SECONDS, _TRIES = 3, 3

#: S3 requires the hash of the body as a header field.
_NO_BODY = {"x-amz-content-sha256": sha256(b"").hexdigest()}

_OK, _FORBIDDEN, _MISSING, _FAULT = 200, 403, 404, 500


def fetch(url: str, environment: Mapping[str, str], now: datetime) -> bytes:
    """Return the content of an object.

    Args:
        url: `s3://bucket/key`.
        environment: The function's variables: `AWS_REGION`, `AWS_ACCESS_KEY_ID` and
            `AWS_SECRET_ACCESS_KEY`; optionally `AWS_SESSION_TOKEN` and `AWS_ENDPOINT_URL_S3`.
        now: Aware UTC; the time of the signature.

    Raises:
        SettingsError: The environment lacks a variable.
        FetchError: The URL is malformed, or the object is missing, incomplete or unreachable.
    """
    found = _URL.fullmatch(url)
    if not found:
        raise FetchError(url, "not the URL of an object; write s3://bucket/key")
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not environment.get(name):
            raise SettingsError(name, "is not set; Lambda sets it")
    own_endpoint = environment.get("AWS_ENDPOINT_URL_S3")
    endpoint, path = object_place(found[1], found[2], environment["AWS_REGION"], own_endpoint)
    try:
        server = Server.of(endpoint)
        request = _signed(server, path, environment, now)
        with closing(Connections(server, _SECONDS)) as connections:
            response = _send(connections, request)
    except (OSError, ValueError, HTTPException) as error:
        raise FetchError(url, f"S3 cannot be reached: {error!r}") from error
    if response.status != _OK:
        raise FetchError(url, _reason(response))
    return response.body


def _signed(server: Server, path: str, environment: Mapping[str, str], now: datetime) -> bytes:
    credentials = Credentials(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment.get("AWS_SESSION_TOKEN"),
    )
    signer = Signer("s3", environment["AWS_REGION"], server.authority)
    return f"{signer.head(credentials, now, 'GET', path, _NO_BODY)}\r\n".encode()


def _send(connections: Connections, request: bytes) -> Response:
    for _ in range(_TRIES - 1):
        with suppress(OSError, HTTPException):
            response = connections.send(request)
            if response.status < _FAULT:
                return response
    return connections.send(request)


def _reason(response: Response) -> str:
    code = re.search(r"<Code>(\w+)</Code>", response.body.decode(errors="replace"))
    said = f"S3 says {response.status}" + (f" {code[1]}" if code else "")
    if response.status == _MISSING:
        return f"there is no such object: {said}"
    if response.status == _FORBIDDEN:
        return f"the function's role may not read it: {said}"
    return said
