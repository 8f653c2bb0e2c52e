"""Requests as bytes over connections to uvicorn: whole ones, and damaged anywhere."""

import re
import select
import socket
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread

import uvicorn

from local.serving.api import listen
from local.serving.limits import LimitedProtocol
from tests.fuzz.asking import a_request
from tests.fuzz.mutation import damaged
from tests.fuzz.readings import expect
from tests.fuzz.served import CANARY, Log, api_process, logging_to, opened_app

_WAIT_SECONDS = 0.05
_HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_SANE = re.compile(r"[!-~]+")


def bytes_of(random, asked):
    """Write a request with its length, or in chunks."""
    fields = [f"{name}: {value}" for name, value in asked.headers]
    body = asked.body
    if body and random.random() < 0.2:
        fields.append("transfer-encoding: chunked")
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    elif body or random.random() < 0.3:
        fields.append(f"content-length: {len(body)}")
    lines = [
        f"{asked.method} {asked.target} HTTP/1.1",
        "host: x",
        *fields,
        "connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def exchange(address, sent, *, patient):
    """Send bytes; return what comes. An answer that takes longer than a moment may be given up."""
    received = b""
    connection = socket.create_connection(address, timeout=30)
    # The server may close while bytes of the client are on their way.
    with connection, suppress(ConnectionError):
        connection.sendall(sent)
        if not patient and not select.select([connection], [], [], _WAIT_SECONDS)[0]:
            connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65536):
            received += part
            if not patient and not select.select([connection], [], [], _WAIT_SECONDS)[0]:
                break
    return received


@contextmanager
def sockets(folder):
    """Yield a function that tries requests as bytes."""
    log = Log()
    with ExitStack() as stack:
        settings = stack.enter_context(api_process(folder))
        stack.enter_context(logging_to(log))
        app = stack.enter_context(opened_app(settings, log.text.write))
        listener = stack.enter_context(listen("127.0.0.1", 0))
        config = uvicorn.Config(app, http=LimitedProtocol, log_level="warning", log_config=None)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        stack.callback(thread.join)
        stack.callback(setattr, server, "should_exit", True)  # noqa: FBT003 -- setattr's value
        address = listener.getsockname()

        def try_one(random):
            asked, _ = a_request(random)
            sent, whole = bytes_of(random, asked), random.random() < 0.3
            # A target may have bytes that no client sends as they are.
            whole = whole and bool(_SANE.fullmatch(asked.target))
            if not whole:
                sent = damaged(random, sent, [sent, _HEALTH])
            received = exchange(address, sent, patient=whole)
            what = f"{sent!r:.3000}\n{received!r:.1500}"
            if whole:
                expect(_STATUS.match(received), f"no answer: {what}")
            if received:
                status = _STATUS.match(received)
                expect(status, f"no status: {what}")
                served = status[1] < b"500" or b"realtime-unavailable" in received
                broken = b"forecast-damaged" in received or asked.method == "HEAD"
                expect(served or broken, f"{status[1]}: {what}")
            expect(
                b"200 OK" in exchange(address, _HEALTH, patient=True), f"it is gone after {what}"
            )
            text = log.taken()
            expect(CANARY not in text, f"the log has a secret: {text:.3000}")
            expect("internal-error" not in text and "ASGI" not in text, f"{text:.6000}\n{what}")
            return 1

        yield try_one
