"""A service on this machine with bad days: an HTTP server whose next answers may be faults."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """What the service sends.

    Attributes:
        status: HTTP status; None sends nothing until the client hangs up.
        body: Bytes.
        headers: Beside its length.
        cut: Hang up after half of the body.
    """

    status: int | None
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    cut: bool = False


#: Bad days that every service has.
BUSY = Answer(503, b"ERROR: server over capacity, please try later")
GATEWAY_TIMEOUT = Answer(504, b"<html>504</html>")
SILENCE = Answer(None)
HTML = Answer(200, b"<!DOCTYPE html>\n<html><body>Down for maintenance</body></html>\n")
EMPTY = Answer(200)


def too_many(**headers):
    """Return an answer 429; `retry_after="7"` becomes the header retry-after."""
    return Answer(429, b"slow down", {name.replace("_", "-"): v for name, v in headers.items()})


def cut(good):
    """Return an answer that breaks off in the middle."""
    return Answer(good.status, good.body, good.headers, cut=True)


class Service:
    """A service: *answer* gets a path and a query, and returns an `Answer`.

    Attributes:
        faults: What is sent instead of the next answers: an `Answer`, or a function that gets the
            right one and returns another. None sends the right one.
        requests: (path, query) of the requests so far.
        headers: Headers of the requests so far.
        date: Header `date` of its answers; None for none.
        url: Where it is.
    """

    def __init__(self, answer):
        self.answer = answer
        self.faults = []
        self.requests = []
        self.headers = []
        self.date = None
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
    #: Otherwise a body waits 40 ms for the client to confirm the headers.
    disable_nagle_algorithm = True

    def do_GET(self):
        """Answer, or fail as told."""
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        answer = self.server.service.reply(url.path, query, dict(self.headers))
        if answer.status is None:
            self.rfile.read(1)
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        if self.server.service.date:
            self.send_header("date", self.server.service.date)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.close_connection = answer.cut
        self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)

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
