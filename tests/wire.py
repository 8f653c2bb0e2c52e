"""A server that sends the bytes that a test sets, or breaks the connection."""

import json
import socket
import struct
import zlib
from contextlib import contextmanager, suppress
from threading import Event, Thread


class Wire:
    """A server on this machine.

    Attributes:
        replies: What is done with each request, in turn; see the functions below.
        requests: The requests that came: head, body.
        connections: How many were opened.
    """

    def __init__(self, context=None):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context = context
        self.over = Event()
        self.replies = []
        self.requests = []
        self.connections = 0

    @property
    def port(self):
        """The server's port."""
        return self._listener.getsockname()[1]

    @property
    def url(self):
        """The server's URL, for boto3."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self):
        """Take connections until closed."""
        with suppress(OSError):  # the listener is closed
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                Thread(target=self._talk, args=(connection,), daemon=True).start()

    def close(self):
        """Accept no more connections, and close those that are kept waiting."""
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _talk(self, plain):
        with suppress(OSError), self._secured(plain) as connection:
            while request := _request(connection):
                self.requests.append(request)
                if not self.replies.pop(0)(self, connection):
                    return

    def _secured(self, plain):
        return self._context.wrap_socket(plain, server_side=True) if self._context else plain


@contextmanager
def wire(context=None):
    """Run such a server, over TLS if a *context* is given."""
    server = Wire(context)
    thread = Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def sends(*parts):
    """Send bytes, and keep the connection."""

    def reply(_, connection):
        for part in parts:
            connection.sendall(part)
        return True

    return reply


def sends_and_hangs_up(*parts):
    """Send bytes, and close the connection."""
    return lambda server, connection: sends(*parts)(server, connection) and False


def hangs_up(_server, _connection):
    """Close the connection."""
    return False


def resets(_server, connection):
    """Break the connection, as a server that has crashed does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def is_silent(server, _connection):
    """Say nothing, for as long as the test runs."""
    server.over.wait()
    return False


def answer(body, status=200, checksum=None, **fields):
    """Write an answer as DynamoDB does; *body* as bytes or for JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {
        "Content-Type": "application/x-amz-json-1.0",
        "x-amz-crc32": zlib.crc32(raw) if checksum is None else checksum,
        "Content-Length": len(raw),
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + raw


def refusal(code, status=400, message="what AWS said", **fields):
    """Write an error as DynamoDB does."""
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return answer({"__type": kind, "message": message}, status, **fields)


def _request(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(65536)
        if not more:
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", 0)):
        body += connection.recv(65536)
    return head, body
