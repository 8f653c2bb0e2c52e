"""wrk sends the given requests in order, and reports the result."""

import shutil
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bench.harness.client import get
from bench.harness.errors import ServerError
from bench.harness.wrk import CONNECTIONS, ask_for, find_wrk, write_requests, wrk_version

needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="apt-get install wrk")


@contextmanager
def recording(status):
    """A server that answers *status* and records the paths of requests."""
    paths = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            """Answer."""
            paths.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port, paths
        server.shutdown()


@needs_wrk
def test_requests_come_in_turn(tmp_path):
    """A round continues after the requests sent before, and wraps around after the last."""
    requests = write_requests(tmp_path / "requests", [get(f"/{n}") for n in range(100_000)])
    with recording(200) as (port, paths):
        asked = ask_for(port, requests, 1, sent=99_990)

    # wrk uses the first request as a probe, and connections overtake one another.
    places = {(int(path[1:]) - 99_990) % 100_000 for path in paths}
    assert max(places) <= len(paths) + CONNECTIONS
    assert len(places) == len(paths) > 20
    assert asked.requests <= len(paths)
    assert asked.seconds >= 1


@needs_wrk
def test_errors_end_the_benchmark(tmp_path):
    """A server that answers errors is not measured."""
    requests = write_requests(tmp_path / "requests", [get("/")])
    with recording(500) as (port, _), pytest.raises(ServerError, match="requests failed"):
        ask_for(port, requests, 1)


@needs_wrk
def test_no_server(tmp_path):
    """Without a server there is nothing to measure."""
    requests = write_requests(tmp_path / "requests", [get("/")])
    with recording(200) as (port, _):
        pass
    with pytest.raises(ServerError, match="wrk"):
        ask_for(port, requests, 1)


@needs_wrk
def test_version():
    """The version is known."""
    assert "4." in wrk_version()


def test_missing(monkeypatch):
    """The error says how to install it."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ServerError, match="apt-get install wrk"):
        find_wrk()
