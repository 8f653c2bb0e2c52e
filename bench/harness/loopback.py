"""Services on this machine that answer every POST with what a function returns."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

HOST = "127.0.0.1"


class Answer(NamedTuple):
    """An HTTP answer.

    Attributes:
        body: The content.
        status: HTTP status code.
        headers: Header fields besides content-type and content-length.
    """

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Loopback:
    """A service in threads of this process.

    Args:
        answer: Called with the path and the body of each request; None closes the connection.
    """

    def __init__(self, answer: Callable[[str, bytes], Answer | None]) -> None:
        self._handler = _handler(answer)
        self._port = 0

    @property
    def url(self) -> str:
        """The service's URL."""
        return f"http://{HOST}:{self._port}"

    def start(self) -> None:
        """Listen, on the same port as before if it has listened already."""
        self._server = _Server((HOST, self._port), self._handler)
        self._port = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """Refuse further connections; those that are open stay open."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that hang up: wrk does so at the end of a round."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(answer: Callable[[str, bytes], Answer | None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave together: sent apart, the body waits for an acknowledgement.
        wbufsize = -1

        def do_POST(self) -> None:
            answered = answer(self.path, self.rfile.read(int(self.headers["content-length"])))
            if answered is None:
                self.close_connection = True
                return
            self.send_response(answered.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answered.body)))
            for name, value in answered.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answered.body)

        def log_message(self, *_: object) -> None:
            """Write nothing to standard error."""

    return Handler


@contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """Run a service whose answers depend on the body alone; yield its URL."""
    service = Loopback(lambda _, body: Answer(answer(body)))
    service.start()
    try:
        yield service.url
    finally:
        service.stop()
