"""Lambda's events: those of an API Gateway HTTP API are requests, others are refused."""

import json
import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from mangum.handlers import HTTPGateway

from api.problem_types import TOO_MUCH_ASKED

logger = logging.getLogger(__name__)

_EXPECTED = (
    "this function answers events of an API Gateway HTTP API, payload format 2.0, with "
    "requestContext.http.method, path and sourceIp"
)
_NEEDED = {"method", "path", "sourceIp"}

#: Lambda sends no answer of more than 6 MB, which counts as JSON: a quote in the body is two bytes.
MOST_BYTES = 6_000_000
#: No letter of a body becomes more than twelve bytes.
_SURELY_SENDABLE = MOST_BYTES // 12 - 10_000


def is_request(event: Any) -> bool:
    """Whether *event* is a request to an HTTP API, in payload format 2.0."""
    try:
        return bool(event["version"] == "2.0" and event["requestContext"]["http"].keys() >= _NEEDED)
    except (AttributeError, KeyError, TypeError):
        return False


def refused(event: Any) -> dict[str, Any]:
    """Answer an event that is no request: of another gateway, or of a test or warm-up."""
    fields = ", ".join(sorted(map(str, event))[:20]) if isinstance(event, Mapping) else "none"
    logger.warning("%s; this event has the fields: %s", _EXPECTED, fields[:500])
    return {
        "statusCode": 400,
        "headers": {"content-type": "text/plain", "cache-control": "no-store"},
        "body": f"{_EXPECTED}\n",
        "isBase64Encoded": False,
    }


def sendable(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer, or a problem in the place of one that Lambda would not send."""
    if len(answer["body"]) <= _SURELY_SENDABLE or len(json.dumps(answer)) <= MOST_BYTES:
        return answer
    headers = {name: answer["headers"][name] for name in _KEPT if name in answer["headers"]}
    kind = TOO_MUCH_ASKED
    problem = {
        "type": f"/problems/{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": "the answer is larger than can be sent: accept gzip, or ask for less with limit",
        "request_id": headers.get("x-request-id", ""),
    }
    own = {"content-type": "application/problem+json", "cache-control": "no-store"}
    return {
        "statusCode": kind.status,
        "headers": headers | own,
        "body": json.dumps(problem),
        "isBase64Encoded": False,
    }


#: Header fields of an answer that the problem in its place has, too.
_KEPT = ("access-control-allow-origin", "access-control-expose-headers", "x-request-id")


class HTTPEvent(HTTPGateway):
    """A request to an HTTP API as Mangum reads it, but with the path that the gateway sends.

    The gateway has decoded the path, and Mangum would decode it once more: `J%2546K` would be
    JFK here and `J%46K` on a server.
    """

    @cached_property
    def scope(self) -> Any:
        """The request as ASGI has it."""
        scope: Any = HTTPGateway.scope.__get__(self)
        return {**scope, "path": self.event["requestContext"]["http"]["path"]}
