"""The processes of the stand-in: how they start, restart and end."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.errors import EndpointError
from local.standin.endpoint import Endpoint, running
from tests.artifacts import changed_artifact
from tests.endpoint import a_line, containers_of, invoke, is_alive, runtime_client, until

#: Runs an endpoint until it is killed.
PARENT = """
import sys
from local.standin.endpoint import Endpoint, running

with running(Endpoint(variants={"a": sys.argv[1]})) as endpoint:
    print(endpoint.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def endpoint(model_path):
    """An endpoint whose processes a test may kill."""
    with running(Endpoint(variants={"a": str(model_path)}, answer_seconds=1)) as endpoint:
        yield endpoint


@pytest.fixture
def client(endpoint):
    """A boto3 client of the endpoint."""
    client = runtime_client(endpoint)
    yield client
    client.close()


def outcome(client):
    """Send a request; return "answered", or the code of the error."""
    try:
        invoke(client, a_line())
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "answered"


def test_a_container_that_is_killed(model_path, capfd):
    """Requests fail with a clear error until another container is ready."""
    outcomes = []
    with running(Endpoint(variants={"a": str(model_path)})) as endpoint:
        client = runtime_client(endpoint)
        (killed,) = containers_of(endpoint)
        os.kill(killed, signal.SIGKILL)
        while "answered" not in outcomes:
            outcomes.append(outcome(client))
        client.close()
        (container,) = containers_of(endpoint)

    assert set(outcomes) == {"ServiceUnavailable", "answered"} | set(outcomes) & {"ModelError"}
    assert container != killed
    assert "model.tar.gz: container ended (-9), starting again" in capfd.readouterr().err


def test_a_container_that_cannot_start_again(endpoint, client):
    """The start is repeated until it succeeds; until then the service is unavailable."""
    (killed,) = containers_of(endpoint)
    folder = Path(Path(f"/proc/{killed}/cmdline").read_text().split("\0")[-2])
    aside = folder.rename(folder.with_name(f"{folder.name}-aside"))
    os.kill(killed, signal.SIGKILL)
    until(lambda: outcome(client), lambda code: code == "ServiceUnavailable")
    tried = until(lambda: containers_of(endpoint), bool)
    until(lambda: is_alive(tried[0]), lambda alive: not alive)
    while_away = outcome(client)
    aside.rename(folder)
    until(lambda: outcome(client), lambda code: code == "answered")

    assert while_away == "ServiceUnavailable"


def test_a_container_that_hangs(endpoint, client):
    """Requests end after the time limit, and the container is killed at the end."""
    (container,) = containers_of(endpoint)
    os.kill(container, signal.SIGSTOP)
    error = outcome(client)
    os.kill(endpoint.pid, signal.SIGTERM)
    until(lambda: is_alive(container), lambda alive: not alive)

    assert error == "ModelError"


def test_no_process_is_left(model_path):
    """Front and container end with the context."""
    with running(Endpoint(variants={"a": str(model_path)})) as endpoint:
        pids = [endpoint.pid, *containers_of(endpoint)]
        alive = [is_alive(pid) for pid in pids]

    assert alive == [True, True]
    assert [is_alive(pid) for pid in pids] == [False, False]


def test_a_parent_that_is_killed(model_path):
    """If the parent is killed, front and container end too."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, model_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        front = int(parent.stdout.readline())
        children = Path(f"/proc/{front}/task/{front}/children").read_text().split()
        pids = [front, *map(int, children)]
        parent.kill()

    assert len(pids) == 2
    until(lambda: [is_alive(pid) for pid in pids], lambda alive: not any(alive))


def test_an_artifact_that_is_not_there(tmp_path):
    """The endpoint does not start, and the error names the missing file."""
    missing = tmp_path / "none.tar.gz"
    with (
        pytest.raises(EndpointError, match=r"endpoint stationcast: .*none\.tar\.gz: not a model"),
        running(Endpoint(variants={"a": str(missing)})),
    ):
        pass


def test_an_artifact_that_does_not_load(model_path, tmp_path):
    """The endpoint does not start, has a reason, and ends the other containers."""
    code = "def model_fn(model_dir):\n    raise RuntimeError('no such luck')"
    broken = changed_artifact(model_path, tmp_path / "broken.tar.gz", inference=code)
    variants = {"good": str(model_path), "broken": str(broken)}
    with (
        pytest.raises(EndpointError, match=r"broken\.tar\.gz: its container does .* no such luck"),
        running(Endpoint(variants=variants)),
    ):
        pass


def test_an_artifact_that_ends_the_process(model_path, tmp_path):
    """The error also names a model that crashes while it loads."""
    code = "import os\nos._exit(3)"
    broken = changed_artifact(model_path, tmp_path / "broken.tar.gz", inference=code)
    with (
        pytest.raises(EndpointError, match=r"broken\.tar\.gz: .* ended before it was ready"),
        running(Endpoint(variants={"a": str(broken)})),
    ):
        pass


def test_a_taken_port(model_path):
    """The error names a port that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with (
            pytest.raises(EndpointError, match=f"cannot listen on 127.0.0.1:{port}"),
            running(Endpoint(variants={"a": str(model_path)}), port=port),
        ):
            pass
