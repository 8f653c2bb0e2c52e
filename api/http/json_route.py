"""Routes whose body is JSON, whatever its content type says, and of limited length."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.schemas.requests import MOST_BYTES

_JSON = (b"content-type", b"application/json")


class JSONRequest(Request):
    """A request whose body is refused as soon as it is too long.

    Starlette's own limit answers in plain text, not with a problem.
    """

    async def body(self) -> bytes:
        """Return the body.

        Raises:
            HTTPException: 413, it is longer than `MOST_BYTES`; the rest was not read.
        """
        if not hasattr(self, "_body"):
            body = bytearray()
            async for chunk in self.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise HTTPException(413)
            self._body = bytes(body)
        return self._body


class JSONRoute(APIRoute):
    """Reads every body as JSON: `curl -d` says that it sends a form.

    A forged request from another site's page does no harm, because callers are not known by
    cookies.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, which is given a `JSONRequest`."""
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            others = [field for field in request.scope["headers"] if field[0] != _JSON[0]]
            scope = {**request.scope, "headers": [*others, _JSON]}
            return await handle(JSONRequest(scope, request.receive))

        return handle_json
