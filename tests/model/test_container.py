"""The artifact in the model container, with only the image's versions and SageMaker's toolkit."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.artifact import unpack
from tests.model.test_inference import answer, encode, to_lines

PROGRAM = Path(__file__).with_name("in_container.py")
CONTAINER = Path(__file__).parents[2] / ".tools" / "model-container" / "python"


@pytest.fixture
def container(model_path, tmp_path):
    """A function that sends requests to the artifact in the container; returns its responses."""
    if not CONTAINER.exists():
        strict = os.environ.get("CI")  # noqa: TID251 -- what may be skipped depends on where
        reason = "the model container is not there: run python scripts/runtimes.py"
        (pytest.fail if strict else pytest.skip)(reason)
    unpack(model_path, tmp_path)

    def send(*requests):
        given = [dict(zip(("content_type", "body"), r, strict=True)) for r in requests]
        done = run(tmp_path, "".join(json.dumps(request) + "\n" for request in given))
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    send.folder = tmp_path
    return send


def run(folder, requests):
    """Run the container with the artifact in *folder* and the template's variables."""
    code = str(folder / "code")
    return subprocess.run(
        # -S: without this environment's packages.
        [sys.executable, "-S", PROGRAM, folder],
        input=requests,
        env={
            "PATH": os.defpath,
            "PYTHONPATH": f"{code}:{CONTAINER}",
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": code,
            "OMP_NUM_THREADS": "1",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_batch(container, archive, model):
    """JSON Lines give JSON Lines, and every number is the one that we forecast here."""
    body = encode(to_lines(archive, 6))
    (got,) = container(("application/jsonlines", body.decode()))

    assert (got["status"], got["content_type"]) == (200, "application/jsonlines")
    assert [json.loads(line) for line in got["body"].splitlines()] == answer(model, body)


def test_a_compiled_artifact(container, archive, model, compiled_path, tmp_path):
    """Compiled trees give the same numbers in the container as the boosters do here."""
    shutil.rmtree(tmp_path)
    unpack(compiled_path, container.folder)
    body = encode(to_lines(archive, 6))
    (got,) = container(("application/jsonlines", body.decode()))

    assert not (container.folder / "boosters").exists()
    assert [json.loads(line) for line in got["body"].splitlines()] == answer(model, body)


def test_the_container_has_other_versions(container):
    """The test uses the image's numpy, not ours, and the model code in the artifact."""
    script = "import numpy, model, sys; print(numpy.__version__, model.__file__)"
    paths = f"{container.folder / 'code'}:{CONTAINER}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": paths},
        cwd=container.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    version, file = done.stdout.split()

    assert version != np.__version__
    assert file.startswith(str(container.folder))


def test_one_request_after_the_other(container, archive, model):
    """A model that is loaded once handles many requests, both JSON and JSON Lines."""
    bodies = [encode([line]) for line in to_lines(archive, 3)]
    kinds = ("application/jsonlines", "application/json", "application/jsonlines")
    got = container(*((k, body.decode()) for k, body in zip(kinds, bodies, strict=True)))

    assert [json.loads(each["body"]) for each in got] == [answer(model, b)[0] for b in bodies]


def test_a_bad_line(container, archive, model):
    """A bad line is answered with station and field, and the others of its request are forecast."""
    good, bad = to_lines(archive, 2)
    del bad["history"]
    (got,) = container(("application/jsonlines", encode([good, bad]).decode()))
    forecast, refused = map(json.loads, got["body"].splitlines())

    assert got["status"] == 200
    assert [forecast] == answer(model, encode([good]))
    assert refused == {"station_id": "S1", "error": "line 2: no field 'history'"}


def test_another_content_type(container):
    """Another content type is refused, and the error says which ones are accepted."""
    (refused,) = container(("text/csv", "1,2"))

    assert refused["status"] == 500
    assert "content type 'text/csv'; send application/jsonlines" in refused["body"]


def test_an_artifact_that_does_not_load(container):
    """The container does not start, and the error names the wrong file."""
    (container.folder / "boosters" / "pressure.ubj").write_bytes(b"{not a booster")
    done = run(container.folder, "")

    assert done.returncode != 0
    assert "pressure.ubj: not a booster" in done.stderr
