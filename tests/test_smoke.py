"""The smoke test of a deployed stack, against servers on this machine."""

import http.server
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest

from forecasts import runs
from forecasts.stores.sqlite import SQLiteStore
from scripts import smoke
from tests.api.conftest import load
from tests.command_line import Server, free_port
from tests.factories import a_run

#: The server reads the real clock, so the run must still be valid then.
RUN = a_run(parts=2, planned_at=datetime(2999, 1, 1, tzinfo=UTC))


@pytest.fixture
def database(tmp_path, clock):
    """The path of a store with a loaded run."""
    path = tmp_path / "forecasts.db"
    with closing(SQLiteStore(str(path), clock, create=True)) as store:
        load(store, RUN)
    return path


def check(database, capsys):
    """Serve a store and run the smoke test against it; return its status and its output."""
    with Server("serve", "--store", f"sqlite:///{database}") as server:
        status = smoke.main([f"{server.url}/"])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_before_the_first_night(database, capsys):
    """A stack without a published run passes, and the output says that no run is published."""
    status, said = check(database, capsys)

    assert status == 0
    assert said == "The API works; no night has been published yet.\n"


def test_published(database, clock, capsys):
    """A stack with a published run passes if a station's forecast can be read."""
    with closing(SQLiteStore(str(database), clock, create=False)) as store:
        runs.publish(store, RUN.id, clock.now)
    status, said = check(database, capsys)

    assert status == 0
    assert RUN.id in said


class NoApi(http.server.BaseHTTPRequestHandler):
    """Sends the same response to every request, as a static page does."""

    def do_GET(self):
        """Answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_):
        """Keep quiet."""


@contextmanager
def no_api():
    """Serve something else; yield its URL."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), NoApi) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_another_server(capsys):
    """A server that is not the API fails, with the request that showed it."""
    with no_api() as url:
        status = smoke.main([url])

    assert status == 1
    assert capsys.readouterr().err == f"{url}/healthz: not JSON: b'<html>'\n"


def test_no_server(capsys):
    """A stack that does not respond fails, with the reason."""
    status = smoke.main([f"http://127.0.0.1:{free_port()}"])

    assert status == 1
    assert "/healthz: <urlopen error" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["example.org"], ["https://a", "https://b"]])
def test_usage(arguments, capsys):
    """Any arguments but one URL are refused with the usage."""
    status = smoke.main(arguments)

    assert status == 2
    assert capsys.readouterr().err.startswith("Usage: ")
