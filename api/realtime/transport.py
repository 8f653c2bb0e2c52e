"""Sends boto3's requests to an endpoint, within one time limit for a whole call.

boto3's own limit is for each wait: an endpoint that sends a byte now and then would hold a thread
for as long as it likes. boto3 still makes and signs the requests, and reads the responses.
"""

import threading
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.httpsession import where
from botocore.session import get_session
from botocore.utils import get_environ_proxies

from forecasts.aws.http import Connections, Limit, Server

#: The most bytes of a response; usually it has about 9 kB.
MOST_BYTES = 1_000_000


class Transport:
    """Sends the requests of one boto3 client.

    Args:
        client: The client.
    """

    def __init__(self, client: BaseClient) -> None:
        url = client.meta.endpoint_url
        self._limits = threading.local()
        self._server = Server.of(url, _certificates())
        self._connections = Connections(self._server)
        # boto3 knows the way through a proxy; its own limits hold then.
        if not get_environ_proxies(url).get(urlsplit(url).scheme):
            client.meta.events.register("before-send", self._send)

    def begin(self, until: float) -> None:
        """Let what this thread sends from now on be answered by *until*, a `time.monotonic`."""
        self._limits.limit = Limit(until, MOST_BYTES)

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()

    def _send(self, request: Any, **_: Any) -> Any:
        """Send a request; what this raises, boto3 raises."""
        status, fields, body = self._connections.send(self._written(request), self._limits.limit)
        headers: Any = {_text(name): _text(value) for name, value in fields.items()}
        return AWSResponse(request.url, status, headers, _Body(body))

    def _written(self, request: Any) -> bytes:
        parts = urlsplit(request.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        fields = {"Host": self._server.authority, **request.headers}
        lines = [f"{request.method} {target} HTTP/1.1"]
        lines += [f"{name}: {_text(value)}" for name, value in fields.items()]
        body: bytes = request.body
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class _Body(BytesIO):
    """A body as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        """Return all of it at once."""
        yield self.read()


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _certificates() -> str | None:
    """Return the file of the certificates that boto3 trusts."""
    session = get_session()
    session.session_var_map["requests_ca_bundle"] = (None, "REQUESTS_CA_BUNDLE", None, None)
    given = (session.get_config_variable(name) for name in ("ca_bundle", "requests_ca_bundle"))
    return next(filter(None, given), None) or where()
