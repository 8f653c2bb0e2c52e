"""A receiver of webhooks that answers as it is told: well, late, never, or not as HTTP."""

import socket
import ssl
import struct
import threading
from contextlib import closing, contextmanager, suppress


class Receiver:
    """Listens on this machine; what it does with each connection is an answer of this module.

    Attributes:
        port: The port it listens on.
        requests: Header fields (lower-case) and body of each request that came.
        stopped: Set when the test is over, so that an answer without end ends.
    """

    def __init__(self, listener, answers, context):
        self._listener, self._answers, self._context = listener, list(answers), context
        self.port = listener.getsockname()[1]
        self.requests = []
        self.stopped = threading.Event()

    def serve(self):
        """Answer until the listener is closed; the last answer is given again and again."""
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                # A client that gives up in the middle is what some tests are about.
                with suppress(OSError), connection:
                    connection.settimeout(10)
                    self._answer(connection, answer)

    def _answer(self, connection, answer):
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as file:
            file.readline()
            lines = iter(lambda: file.readline().decode().strip(), "")
            fields = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
            body = file.read(int(fields["content-length"]))
            self.requests.append((fields, body))
            answer(connection, self.stopped)


def status(code, **headers):
    """Answer with a status and header fields."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    text = f"HTTP/1.1 {code} Any\r\ncontent-length: 0\r\n{fields}\r\n"
    return lambda connection, _stopped: connection.sendall(text.encode())


def hang(connection, stopped):  # noqa: ARG001 -- the connection stays open
    """Never answer."""
    stopped.wait(10)


def drip(connection, stopped):
    """Send a status line without end, a byte at a time."""
    connection.sendall(b"HTTP/1.1 200 ")
    while not stopped.wait(0.01):
        connection.sendall(b"x")


def stream(connection, stopped):
    """Send a body without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")
    while not stopped.wait(0):
        connection.sendall(b"x" * 65536)


def reset(connection, _stopped):
    """Break the connection off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close(_connection, _stopped):
    """Close the connection without an answer."""


def babble(connection, stopped):
    """Send a line without end."""
    while not stopped.wait(0):
        connection.sendall(b"x" * 65536)


def chatter(connection, _stopped):
    """Answer with what is no HTTP, and has a secret of its own."""
    connection.sendall(b"220 hidden-word ESMTP\r\n")


@contextmanager
def receiving(*answers, certificate=None):
    """Run a receiver; *certificate* is the path of a key and a certificate for https."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        receiver = Receiver(listener, answers or [status(204)], context)
        thread = threading.Thread(target=receiver.serve)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.stopped.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
