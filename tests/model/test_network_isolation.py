"""The models of the template serve in a container without a network, as SageMaker isolates them.

The image's own launcher, with the image's versions, starts in a network namespace of its own. It
installs the artifact's code with pip, starts gunicorn, and answers. What the image adds to it, a
module that hands the hooks over, is the benchmark's instead.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from model.artifact import unpack
from tests.dynamodb_local import ROOT
from tests.model.test_inference import answer, encode, to_lines
from tests.stack import Stack

LAUNCHER = ROOT / ".tools" / "model-launcher" / "python"
PROGRAM = Path(__file__).with_name("without_network.py")
APPLICATION = ROOT / "bench" / "peers" / "sagemaker_serving_process.py"

#: The namespace is new, so the port is free.
PORT = "8080"

#: A namespace without any network, for which Linux requires no other right.
WITHOUT_NETWORK = ("unshare", "--map-root-user", "--net")

STACK = Stack()
MODELS = sorted(STACK.of_type("AWS::SageMaker::Model"))
#: What the launcher takes for /opt/ml is a folder of the test.
BASE = "/opt/ml"


@pytest.fixture
def container(model_path, tmp_path):
    """A function that runs the container with variables and sends it a body; returns the end."""
    require_launcher()
    unpack(model_path, tmp_path / "model")
    python = environment_of(tmp_path / "environment")

    def run(variables, body):
        known = {name: text.replace(BASE, str(tmp_path)) for name, text in variables.items()}
        return subprocess.run(
            [*WITHOUT_NETWORK, python, PROGRAM, PORT],
            input=body,
            env=known
            | {
                "PATH": f"{python.parent}:{os.defpath}",
                "PYTHONPATH": str(APPLICATION.parent),
                "HOME": str(tmp_path),
                # This machine may have packages that pip finds without a network.
                "PIP_CONFIG_FILE": os.devnull,
                "SAGEMAKER_BASE_DIR": str(tmp_path),
                "SAGEMAKER_SERVING_MODULE": f"{APPLICATION.stem}:application",
                "SAGEMAKER_BIND_TO_PORT": PORT,
                "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
                "SAGEMAKER_USE_NGINX": "false",
            },
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )

    return run


def require_launcher():
    """Skip the test if the launcher or the right to isolate it is missing; under CI, fail it."""
    strict = os.environ.get("CI")  # noqa: TID251 -- what may be skipped depends on where
    leave = pytest.fail if strict else pytest.skip
    if not LAUNCHER.exists():
        leave("the model launcher is not there: run python scripts/runtimes.py")
    if not shutil.which("unshare"):
        leave("there is no unshare (util-linux), so nothing can be run without a network")
    allowed = subprocess.run(
        [*WITHOUT_NETWORK, "true"], capture_output=True, text=True, check=False
    )
    if allowed.returncode:
        leave(f"a process may not be run without a network here: {allowed.stderr.strip()}")


def environment_of(folder):
    """Make a Python in which the launcher may install the artifact's code; return its program."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # The image replaces the name that Python 3.10 removed in the launcher's own file.
    (folder / "lib" / version / "site-packages" / "launcher.pth").write_text(
        "import collections, collections.abc; collections.Mapping = collections.abc.Mapping\n"
        f"import site; site.addsitedir({str(LAUNCHER)!r})\n"
    )
    # The launcher starts `gunicorn`, wherever the path finds it.
    gunicorn = folder / "bin" / "gunicorn"
    gunicorn.write_text(f'#!/bin/sh\nexec {python} -m gunicorn "$@"\n')
    gunicorn.chmod(0o755)
    return python


def variables_of(name):
    """Return the container's variables of a model of the template."""
    return STACK.resolve(STACK.of_type("AWS::SageMaker::Model")[name])["PrimaryContainer"][
        "Environment"
    ]


def test_it_answers(container, archive, model):
    """With the template's variables the container starts; its answers are ours, line by line."""
    lines = to_lines(archive, 3)
    del lines[1]["history"]
    body = encode(lines)
    done = container(variables_of("Model"), body)

    assert done.returncode == 0, done.stderr.decode()
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers == answer(model, body)
    assert ["error" in each for each in answers] == [False, True, False]


def test_pip_would_fetch_its_build_requirements(container):
    """Without the variable that keeps pip from a build environment the container ends."""
    variables = variables_of("Model")
    del variables["PIP_NO_BUILD_ISOLATION"]
    # Its patience with a network that is not there is not the test's subject.
    done = container(variables | {"PIP_RETRIES": "0"}, b"")

    assert done.returncode != 0
    assert b"InstallModuleError" in done.stderr


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_the_variable(name):
    """Every model of the template keeps pip from fetching anything, isolated or not."""
    assert variables_of(name)["PIP_NO_BUILD_ISOLATION"] == "0"
