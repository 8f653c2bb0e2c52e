"""A client of the API that needs no server."""

import asyncio
import json

import httpx


class Client:
    """Asks an ASGI application over HTTP semantics, without a server."""

    def __init__(self, app):
        self._app = app

    def request(self, method, path, headers=None, content=None):
        """Send one request; answers are not followed, gzip is undone."""
        return asyncio.run(self._request(method, path, headers, content))

    def get(self, path, **headers):
        """Send a GET with *headers*, underscores for hyphens."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("GET", path, fields)

    def post(self, path, body, **headers):
        """Send a POST of *body*: bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, fields, content)

    async def _request(self, method, path, headers, content):
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers, content=content)
