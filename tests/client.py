"""A client of the API that works without a server."""

import asyncio
import json

import httpx


class Client:
    """Sends requests to an ASGI application without a server."""

    def __init__(self, app):
        self._app = app

    def request(self, method, path, headers=None, content=None):
        """Send one request; redirects are not followed, gzip is decompressed."""
        return asyncio.run(self._request(method, path, headers, content))

    def get(self, path, **headers):
        """Send a GET with *headers*, with underscores in place of hyphens."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("GET", path, fields)

    def post(self, path, body, **headers):
        """Send a POST of *body*: bytes unchanged, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, fields, content)

    async def _request(self, method, path, headers, content):
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers, content=content)
