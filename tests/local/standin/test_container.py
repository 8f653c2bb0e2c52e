"""The container as a process, over HTTP."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import quote

import httpx
import pytest

from local.standin.child_process import read_announcement
from local.standin.container import PAGE
from model.artifact import unpack
from model.inference import input_fn, output_fn, predict_fn
from tests.artifacts import changed_artifact
from tests.endpoint import JSON_LINES, a_line

HEADERS = {"content-type": JSON_LINES}

#: Hooks that misbehave on demand.
MISBEHAVING = """
print("a model may print")

def predict_fn(data, model, predict_fn=predict_fn):
    if data[0]["station_id"] == "BROKEN":
        raise ZeroDivisionError
    return predict_fn(data, model)
"""

#: Hooks that say which code answers.
NAMED = 'def output_fn(prediction, accept):\n    return b"{name}"'


@contextmanager
def starting(*arguments):
    """Start a container; yield its announcement and the process."""
    with subprocess.Popen(
        [sys.executable, "-m", "local.standin.container", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield read_announcement(process.stdout.readline()), process


@contextmanager
def client_of(announcement):
    """Yield an HTTP client of a container."""
    with httpx.Client(base_url=f"http://127.0.0.1:{announcement['port']}") as client:
        yield client


@pytest.fixture(scope="module")
def single(model_path, tmp_path_factory):
    """A client of a container with the small model, whose hooks misbehave for one station."""
    folder = tmp_path_factory.mktemp("single")
    artifact = changed_artifact(model_path, folder / "model.tar.gz", inference=MISBEHAVING)
    unpack(artifact, folder / "unpacked")
    with starting(folder / "unpacked") as (announcement, _), client_of(announcement) as client:
        yield client


@pytest.fixture(scope="module")
def roomy():
    """A client of a container with room for two models."""
    with starting("--models", 2) as (announcement, _), client_of(announcement) as client:
        yield client


@pytest.fixture
def several(roomy):
    """A container without a model."""
    for item in roomy.get("/models").json()["models"]:
        roomy.delete(f"/models/{quote(item['modelName'], safe='')}")
    return roomy


@pytest.fixture(scope="module")
def folder(model_path, tmp_path_factory):
    """The small model, unpacked."""
    path = tmp_path_factory.mktemp("unpacked")
    unpack(model_path, path)
    return path


def lines_of(*lines):
    """Write JSON Lines."""
    return "".join(json.dumps(line) + "\n" for line in lines)


def load(client, name, folder):
    """Ask the container to load a model."""
    return client.post("/models", json={"model_name": name, "url": str(folder)})


def test_ping(single):
    """A container that answers is ready."""
    assert single.get("/ping").status_code == 200


def test_invocations(single, model):
    """The response is byte for byte that of the hooks in this process."""
    body = lines_of(a_line("JFK"), a_line("LGA", elevation=None))
    answer = single.post("/invocations", content=body, headers=HEADERS)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON_LINES
    assert answer.content == output_fn(predict_fn(input_fn(body, JSON_LINES), model), JSON_LINES)


def test_accept(single):
    """The response has the content type of the Accept header."""
    headers = {"accept": "application/json", "content-type": "application/json; charset=utf-8"}
    answer = single.post("/invocations", content=lines_of(a_line()), headers=headers)

    assert answer.headers["content-type"] == "application/json"


def test_a_bad_line(single):
    """A bad line is answered with its station and field, and the others are forecast."""
    line = a_line()
    del line["history"]
    answer = single.post("/invocations", content=lines_of(a_line(), line), headers=HEADERS)
    forecast, refused = answer.text.splitlines()

    assert answer.status_code == 200
    assert "values" in json.loads(forecast)
    assert json.loads(refused)["error"] == "line 2: no field 'history'"


def test_another_content_type(single):
    """Another content type is 415; the response says what to send."""
    answer = single.post("/invocations", content="1,2", headers={"content-type": "text/csv"})

    assert answer.status_code == 415
    assert answer.text == "content type 'text/csv'; send application/jsonlines"


def test_a_model_that_fails(single):
    """An exception of a hook is 500, even without a message; the next request is answered."""
    broken = single.post("/invocations", content=lines_of(a_line("BROKEN")), headers=HEADERS)
    answered = single.post("/invocations", content=lines_of(a_line()), headers=HEADERS)

    assert (broken.status_code, broken.text) == (500, "ZeroDivisionError()")
    assert answered.status_code == 200


@pytest.mark.parametrize("path", ["/", "/models", "/ping/x"])
def test_no_such_path(single, path):
    """An unknown path is 404."""
    assert single.get(path).status_code == 404


def test_an_artifact_that_does_not_load(folder, tmp_path):
    """The container announces which file is wrong, and ends."""
    unpack_again = tmp_path / "model"
    unpack_again.mkdir()
    for part in ("code", "boosters"):
        (unpack_again / part).symlink_to(folder / part)
    with starting(unpack_again) as (announcement, process):
        pass

    assert "model.json: not a model manifest" in announcement["error"]
    assert process.returncode == 1


def test_an_artifact_without_code(tmp_path):
    """The container announces the missing code, and never uses this repository's."""
    with starting(tmp_path) as (announcement, _):
        pass

    assert announcement == {"error": "No module named 'inference'"}


def test_the_end_of_the_parent(folder):
    """A container ends if its parent ends."""
    with starting(folder) as (announcement, process):
        process.stdin.write(b"what is said is not heard\n")
        process.stdin.flush()
        with client_of(announcement) as client:
            assert client.get("/ping").status_code == 200
        process.stdin.close()
        status = process.wait()

    assert status == 0


def test_termination(folder):
    """A container ends on SIGTERM."""
    with starting(folder) as (_, process):
        os.kill(process.pid, signal.SIGTERM)
        status = process.wait()

    assert status == 0


def test_a_model_comes_and_goes(several, folder, model):
    """A model can be loaded, shown, invoked and unloaded."""
    assert several.get("/ping").status_code == 200
    item = {"modelName": "pm25.tar.gz", "modelUrl": str(folder)}
    loaded = load(several, "pm25.tar.gz", folder)
    body = lines_of(a_line())
    answer = several.post("/models/pm25.tar.gz/invoke", content=body, headers=HEADERS)

    assert (loaded.status_code, loaded.json()) == (200, item)
    assert several.get("/models/pm25.tar.gz").json() == item
    assert several.get("/models").json() == {"models": [item]}
    assert answer.content == output_fn(predict_fn(input_fn(body, JSON_LINES), model), JSON_LINES)
    assert several.delete("/models/pm25.tar.gz").status_code == 200
    assert several.get("/models").json() == {"models": []}


def test_a_model_in_a_folder(several, folder):
    """A name may have a slash."""
    load(several, "us/pm25.tar.gz", folder)

    assert several.get("/models/us%2Fpm25.tar.gz").status_code == 200


def test_a_model_twice(several, folder):
    """Loading a model twice is 409."""
    load(several, "a", folder)

    assert load(several, "a", folder).status_code == 409


def test_no_memory(several, folder):
    """A model too many is 507, until another one is unloaded."""
    statuses = [load(several, name, folder).status_code for name in "abc"]
    several.delete("/models/a")

    assert statuses == [200, 200, 507]
    assert load(several, "c", folder).status_code == 200


def test_a_model_that_does_not_load(several, tmp_path):
    """It is 500 with the reason, and uses no memory."""
    refused = load(several, "a", tmp_path)

    assert refused.status_code == 500
    assert refused.text == "model a cannot be loaded: No module named 'inference'"
    assert several.get("/models").json() == {"models": []}


@pytest.mark.parametrize("body", ["", "no JSON", "[]", '{"model_name": "a"}'])
def test_an_incomplete_load(several, body):
    """It is 400; the response says what to send."""
    answer = several.post("/models", content=body)

    assert answer.status_code == 400
    assert "model_name" in answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/models/a"), ("DELETE", "/models/a"), ("POST", "/models/a/invoke")],
)
def test_a_model_that_is_not_loaded(several, method, path):
    """All requests to it are 404."""
    answer = several.request(method, path)

    assert (answer.status_code, answer.text) == (404, "model a is not loaded")


@pytest.mark.parametrize(("method", "path"), [("GET", "/invocations"), ("PUT", "/models/a")])
def test_unknown_requests_of_a_model(several, folder, method, path):
    """They are 404, even if the model is loaded."""
    load(several, "a", folder)

    assert several.request(method, path).status_code == 404


def test_pages_of_models(folder):
    """A long list comes in pages, each with the token of the next; a bad token is 400."""
    with starting("--models", PAGE + 1) as (announcement, _), client_of(announcement) as client:
        for number in range(PAGE + 1):
            load(client, f"model-{number}", folder)
        first = client.get("/models").json()
        token = {"next_page_token": first["nextPageToken"]}
        second = client.get("/models", params=token).json()
        bad = client.get("/models", params={"next_page_token": "x"})

    assert len(first["models"]) == PAGE
    assert [item["modelName"] for item in second["models"]] == [f"model-{PAGE}"]
    assert "nextPageToken" not in second
    assert bad.status_code == 400


def test_each_model_runs_its_own_code(several, model_path, tmp_path):
    """Each artifact is answered by its own code."""
    for name in ("first", "second"):
        code = NAMED.format(name=name)
        unpack(
            changed_artifact(model_path, tmp_path / f"{name}.tar.gz", inference=code),
            tmp_path / name,
        )
        load(several, name, tmp_path / name)
    answers = [
        several.post(f"/models/{name}/invoke", content=lines_of(a_line()), headers=HEADERS).text
        for name in ("first", "second")
    ]

    assert answers == ["first", "second"]
