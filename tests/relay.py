"""A relay in front of DynamoDB Local that reports the requests that pass through it."""

import json
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Relay(ThreadingHTTPServer):
    """Passes requests on.

    Args:
        port: Where DynamoDB Local listens.
        tell: Called with the operation and the arguments of each request.
    """

    daemon_threads = True

    def __init__(self, port, tell):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = port
        self.tell = tell

    @property
    def url(self):
        """The relay's URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Pass on a request and its response."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.tell(self.headers["x-amz-target"].rpartition(".")[2], json.loads(body))
        with closing(HTTPConnection("127.0.0.1", self.server.behind)) as behind:
            behind.request("POST", "/", body, dict(self.headers))
            answer = behind.getresponse()
            content = answer.read()
        self.send_response(answer.status)
        self.send_header("x-amz-crc32", answer.headers["x-amz-crc32"])
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args):
        """Say nothing."""


@contextmanager
def relaying(url, tell):
    """Run a relay in front of the DynamoDB Local at *url*."""
    with Relay(int(url.rpartition(":")[2]), tell) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
