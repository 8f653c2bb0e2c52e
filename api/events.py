"""Events of an API Gateway HTTP API (payload 2.0), answered by the endpoints or the application.

Mangum does that, in an event loop and two tasks for each event, which cost as much as the rest of a
lookup. What reads waits for nothing but the store, and that without a loop. So it is answered here,
by running the endpoints' coroutine to its end in one go. What asks the real-time model waits for
it in a loop: Mangum's, around the application.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

    from mangum import Mangum
    from mangum.types import ASGI
    from starlette.types import Message, Scope

logger = logging.getLogger(__name__)

#: Mangum sends other types as base64, which API Gateway would have to be told to undo.
_TEXT = ["text/", "application/json", "application/problem+json", "application/geo+json"]

_WAITS = "POST"
_ASGI = {"version": "3.0", "spec_version": "2.0"}


class Handler:
    """The entry point of a Lambda function.

    Args:
        reads: Answers whatever is no POST, and waits for nothing.
        waits: Makes what answers a POST, when one is asked for the first time.
    """

    def __init__(self, reads: ASGI, waits: Callable[[], ASGI]) -> None:
        self._reads = reads
        self._waits = waits

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer an event."""
        if event["requestContext"]["http"]["method"] == _WAITS:
            return self._mangum(event, context)
        messages: list[Message] = []

        async def send(message: Message) -> None:
            messages.append(message)

        try:
            self._reads(_scope(event), _receive, send).send(None)
        except StopIteration:
            return _answer(messages)
        except Exception:
            # The endpoints answer what they did not foresee, too, and then pass it on.
            logger.exception("unforeseen")
            return _answer(messages)
        raise RuntimeError(f"{event['rawPath']} waits for something, outside of an event loop")

    @cached_property
    def _mangum(self) -> Mangum:
        # Most processes never need an event loop, nor Mangum and the application in it.
        from mangum import Mangum  # noqa: PLC0415

        return Mangum(self._waits(), lifespan="off", text_mime_types=_TEXT)


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def _scope(event: dict[str, Any]) -> Scope:
    context = event["requestContext"]
    http = context["http"]
    headers = event["headers"].items()
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": "1.1",
        "method": http["method"],
        "scheme": "https",
        "path": unquote(http["path"]),
        "raw_path": None,
        "root_path": "",
        "query_string": event["rawQueryString"].encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        "client": (http["sourceIp"], 0),
        "server": (context["domainName"], 443),
    }


def _answer(messages: list[Message]) -> dict[str, Any]:
    start, *rest = messages
    headers: dict[str, str] = {}
    for raw_name, raw_value in start["headers"]:
        name, value = raw_name.decode(), raw_value.decode()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    # As Mangum does, where API Gateway would call it plain text.
    headers.setdefault("content-type", "application/json")
    body = b"".join([message["body"] for message in rest])
    # What is compressed is no text.
    encoded = "content-encoding" in headers and body != b""
    return {
        "statusCode": start["status"],
        "headers": headers,
        "body": b64encode(body).decode() if encoded else body.decode(),
        "isBase64Encoded": encoded,
    }
