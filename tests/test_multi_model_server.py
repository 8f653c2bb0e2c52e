"""Artifacts in the server of AWS's multi-model container, with the code outside the artifacts.

The XGBoost image starts Multi Model Server with the code of `SAGEMAKER_SUBMIT_DIRECTORY` on its
path, and SageMaker sends the path of each unpacked artifact. Both are done here; only the image's
own handler, which adds defaults for hooks that ours do not need, is SageMaker's toolkit's instead.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from model.artifact import unpack
from tests.dynamodb_local import ROOT
from tests.endpoint import a_line

CONTAINER = ROOT / ".tools" / "model-container" / "python"
SERVER = CONTAINER / "mms" / "frontend" / "model-server.jar"

CONFIGURATION = """\
inference_address=http://127.0.0.1:{port}
management_address=http://127.0.0.1:{port}
default_service_handler=sagemaker_inference.default_handler_service:handle
default_workers_per_model=1
decode_input_request=false
model_store=/
"""

#: Generous: a cold Java, and a Python that imports XGBoost.
SECONDS = 120


@pytest.fixture
def server(model_path, tmp_path):
    """A function that sends requests to the running server, whose code is outside its models."""
    if not SERVER.exists() or not shutil.which("java"):
        strict = os.environ.get("CI")  # noqa: TID251 -- what may be skipped depends on where
        reason = "the model container is not there: install Java, run python scripts/runtimes.py"
        (pytest.fail if strict else pytest.skip)(reason)
    unpack(model_path, tmp_path / "first")
    (tmp_path / "first" / "code").rename(tmp_path / "code")
    port = a_free_port()
    process = start(tmp_path, port)
    try:
        wait(process, port)
        yield lambda *request: ask(port, *request)
    finally:
        # This ends its workers too; it is gone already if it did not start.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def start(folder, port):
    """Start the server as the image does, in its own process group."""
    java = shutil.which("java")
    configuration = folder / "mms.properties"
    configuration.write_text(CONFIGURATION.format(port=port))
    # Its workers are whatever `python` is.
    (folder / "python").symlink_to(Path(sys.executable).resolve())
    home = f"-Dmodel_server_home={CONTAINER}"
    main = "com.amazonaws.ml.mms.ModelServer"
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [java, "-Xmx256m", home, "-cp", SERVER, main, "--mms-config-file", configuration],
            env={
                "PATH": f"{folder}:{os.defpath}",
                "PYTHONPATH": f"{folder / 'code'}:{CONTAINER}",
                "SAGEMAKER_PROGRAM": "inference.py",
                "OMP_NUM_THREADS": "1",
                "LOG_LOCATION": str(folder),
                "METRICS_LOCATION": str(folder),
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def a_free_port():
    """Return a free port that the server accepts, which excludes the highest."""
    for port in range(20_000 + os.getpid() % 10_000, 32_768):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def wait(process, port):
    """Wait until the server listens."""
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            return ask(port, "GET", "/ping")
        except ConnectionError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start; its log says why")


def ask(port, method, path, body=None):
    """Send one request; return status and body."""
    headers = {"Content-Type": "application/jsonlines", "Accept": "application/jsonlines"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_artifact_is_loaded_and_asked(server, model, tmp_path):
    """An artifact without its own code is loaded while the server runs, and answers each line."""
    place = f"url={tmp_path / 'first'}&initial_workers=1&synchronous=true"
    loaded, message = server("POST", f"/models?model_name=temperature.tar.gz&{place}")
    assert loaded == 200, message

    line = a_line()
    status, body = server("POST", "/models/temperature.tar.gz/invoke", json.dumps(line))

    assert status == 200, body
    assert json.loads(body)["model"] == model.name
    assert set(json.loads(body)["values"]) == set(model.parameters)

    bad = {"station_id": "LGA"}
    request = f"{json.dumps(bad)}\n{json.dumps(line)}\n"
    status, body = server("POST", "/models/temperature.tar.gz/invoke", request)

    assert status == 200, body
    assert [json.loads(text)["station_id"] for text in body.splitlines()] == ["LGA", "JFK"]
    assert json.loads(body.splitlines()[0])["error"] == "line 1: no field 'history'"
