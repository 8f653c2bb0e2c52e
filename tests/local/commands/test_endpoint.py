"""`stationcast endpoint`."""

import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from local.standin.endpoint import RunningEndpoint
from tests import command_line
from tests.artifacts import changed_artifact
from tests.endpoint import a_line, containers_of, invoke, is_alive, runtime_client, until


def run(*arguments):
    """Run the command and return its result."""
    return command_line.run("endpoint", *arguments)


def free_ports():
    """Return a free port whose next one is free too."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
        return port


@contextmanager
def serving(*arguments):
    """Run the command as a process; yield it, its output and the endpoint."""
    port = free_ports()
    with subprocess.Popen(
        [sys.executable, "-m", "local", "endpoint", "--port", str(port), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        said = []
        while not said or said[-1] != "Ctrl-C stops.\n":
            said.append(process.stdout.readline())
        urls = [f"http://127.0.0.1:{number}" for number in (port, port + 1)]
        yield process, "".join(said), RunningEndpoint("stationcast", *urls, process.pid)
        process.send_signal(signal.SIGINT)


def test_two_variants(model_path):
    """It prints boto3's variables, answers, and ends with its containers on Ctrl-C."""
    options = ("--variant", f"a={model_path}", "--variant", f"b={model_path}")
    with serving(*options, "--weights", "a=0,b=1") as (process, said, endpoint):
        containers = containers_of(endpoint)
        client = runtime_client(endpoint)
        answer = invoke(client, a_line())
        client.close()
        endpoint.put_faults(refuse=True)

    assert f"export AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME={endpoint.url}\n" in said
    assert f"export AWS_ENDPOINT_URL_SAGEMAKER={endpoint.url}\n" in said
    assert f"Faults: {endpoint.faults_url}/faults" in said
    assert answer["InvokedProductionVariant"] == "b"
    assert (process.returncode, len(containers)) == (0, 2)
    assert not any(is_alive(pid) for pid in containers)


def test_a_folder_of_models(model_path, tmp_path):
    """The models of a folder are target models."""
    shutil.copy(model_path, tmp_path / "pm25.tar.gz")
    with serving("--models", tmp_path) as (_, _, endpoint):
        client = runtime_client(endpoint)
        answer = invoke(client, a_line(), TargetModel="pm25.tar.gz")
        client.close()

    assert answer["InvokedProductionVariant"] == "AllTraffic"


def test_a_taken_port(model_path):
    """If the port is in use, the error says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = run("--variant", f"a={model_path}", "--port", port)

    assert result.exit_code == 1
    assert f"Error: cannot listen on 127.0.0.1:{port}" in result.output
    assert "try another --port" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "endpoint stationcast: it has production variants, or a folder of models"),
        (("--variant", "model.tar.gz"), "'model.tar.gz' is not NAME=model.tar.gz"),
        (("--variant", "a=", "--variant", "b=c"), "'a=' is not NAME=model.tar.gz"),
        (("--variant", "a=b", "--variant", "a=c"), "'a' is there twice"),
        (("--variant", "a=b", "--weights", "a"), "'a' is not NAME=WEIGHT"),
        (("--variant", "a=b", "--weights", "c=1"), "'c' has a weight and is no production"),
        (("--variant", "a=b", "--shadow", "c"), "'c' is not NAME=model.tar.gz"),
        (("--variant", "a=none.tar.gz", "--port", "0"), "none.tar.gz: not a model artifact"),
        (("--models", "no-such-folder"), "'no-such-folder' does not exist"),
    ],
)
def test_invalid_options(arguments, said):
    """Each error is one line that names the mistake."""
    result = run(*arguments)

    assert result.exit_code != 0
    assert said in " ".join(result.output.split())


def test_ctrl_c_before_it_is_ready(model_path, tmp_path):
    """Ctrl-C while a model is loading ends all processes."""
    code = "import time\ndef model_fn(model_dir):\n    time.sleep(600)"
    slow = changed_artifact(model_path, tmp_path / "slow.tar.gz", inference=code)
    command = (sys.executable, "-m", "local", "endpoint", "--port", "0", "--variant", f"a={slow}")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        front = RunningEndpoint("stationcast", "", "", process.pid)
        (container,) = until(lambda: containers_of(front), bool)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()

    assert process.returncode == 1
    assert said.endswith("Aborted!\n")
    assert not is_alive(container)
