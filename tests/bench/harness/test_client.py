"""The client reads complete answers."""

import pytest

from bench.harness.client import ask, get, length_of, post
from bench.harness.errors import ServerError
from bench.harness.server import CONSTANT_PATH, serving_constant

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: x\r\n\r\n"
BODY = bytes(range(256)) * 20


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of a server that sends a constant."""
    path = tmp_path_factory.mktemp("constant") / "body"
    path.write_bytes(BODY)
    with serving_constant(path) as server:
        yield server.port


@pytest.mark.parametrize(
    ("received", "length"),
    [
        (b"", None),
        (HEAD[:-1], None),
        (HEAD, len(HEAD) + 5),
        (HEAD + b"12", len(HEAD) + 5),
        (b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n", 38),
    ],
)
def test_length(received, length):
    """The head tells the length of an answer; without a length it has no body."""
    assert length_of(received) == length


def test_post():
    """A request with a body has its length."""
    assert post("/a", b"12", {"X-Name": "b"}) == (
        b"POST /a HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Name: b\r\nContent-Length: 2\r\n\r\n12"
    )


def test_ask(port):
    """Answers come in the order of the requests, with status, headers and body."""
    found, missing = ask(port, [get(CONSTANT_PATH, {"Accept-Encoding": "gzip"}), get("/nowhere")])

    assert (found.status, found.headers["content-encoding"], found.body) == (200, "gzip", BODY)
    assert missing.status == 404


def test_no_server(tmp_path):
    """A server that cannot start is an error."""
    missing = tmp_path / "missing"

    with pytest.raises(ServerError, match="did not start"), serving_constant(missing):
        pytest.fail("it started")
