"""A client of the API that needs no server."""

import asyncio

import httpx


class Client:
    """Asks an ASGI application over HTTP semantics, without a server."""

    def __init__(self, app):
        self._app = app

    def request(self, method, path, headers=None):
        """Send one request; answers are not followed, gzip is undone."""
        return asyncio.run(self._request(method, path, headers))

    def get(self, path, **headers):
        """Send a GET with *headers*, underscores for hyphens."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("GET", path, fields)

    async def _request(self, method, path, headers):
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers)
