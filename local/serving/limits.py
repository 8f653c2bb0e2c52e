"""What one request may cost the self-hosted server in time and memory.

uvicorn itself waits for the rest of a request for as long as the client keeps the connection, and
keeps a header of any length. On AWS, API Gateway has such limits.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of a request's header; browsers and proxies send a few thousand.
MOST_HEADER_BYTES = 65_536


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol of one connection, with limits for what the client sends.

    Attributes:
        request_seconds: How long a request may take to arrive, from the connection or from the
            first byte of a later request to the last byte of its body.
    """

    request_seconds = 20.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: asyncio.TimerHandle | None = None
        self._in_header = True
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come; refuse a header that is too long."""
        if self._in_header:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_header and self._header_bytes > MOST_HEADER_BYTES:
            self.send_400_response("The header of the request is too long.")

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        super().on_message_begin()
        self._in_header, self._header_bytes = True, 0
        if self._arriving is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """Note that the header has ended."""
        super().on_headers_complete()
        self._in_header = False

    def on_message_complete(self) -> None:
        """Note that the request has arrived."""
        super().on_message_complete()
        self._arrived()

    def _wait(self) -> None:
        self._arriving = self.loop.call_later(self.request_seconds, self.transport.close)

    def _arrived(self) -> None:
        if self._arriving:
            self._arriving.cancel()
            self._arriving = None
