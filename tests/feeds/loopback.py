"""A service on this machine with bad days: an HTTP server whose next answers may be faults."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Answer(NamedTuple):
    """What the service sends.

    Attributes:
        status: HTTP status; None hangs up without one.
        body: Bytes.
        headers: Beside its length.
        cut: Hang up after half of the body.
        delay: Seconds of silence before it.
    """

    status: int | None
    body: bytes = b""
    headers: dict = {}  # noqa: RUF012 -- never changed
    cut: bool = False
    delay: float = 0


class Service:
    """A service: *answer* gets a path and a query, and returns an `Answer`.

    Attributes:
        faults: Answers that are sent first. A function gets the answer that would be sent, and
            returns another. None sends it as it is.
        requests: (path, query) of the requests so far.
        url: Where it is.
    """

    def __init__(self, answer):
        self.answer = answer
        self.faults = []
        self.requests = []
        self.headers = []
        self.url = None

    def reply(self, path, query, headers):
        """Return the answer to a request."""
        self.requests.append((path, query))
        self.headers.append(headers)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Answer):
            return fault
        good = self.answer(path, query)
        return fault(good) if fault else good


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Answer, or fail as told."""
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        answer = self.server.service.reply(url.path, query, dict(self.headers))
        time.sleep(answer.delay)
        if answer.status is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        body = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
        self.close_connection = answer.cut
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def serving(service):
    """Run a service on a free port; yield it with its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.service = service
        service.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
