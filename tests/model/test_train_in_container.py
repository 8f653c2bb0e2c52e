"""Training in the container: the image's own versions, isolated from the network.

A job starts as the product starts it, with an entry point of its own, or with the image's launcher.
"""

import json
import os
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

from model.artifact import code_files
from tests.command_line import run
from tests.model.test_network_isolation import WITHOUT_NETWORK, environment_of, require_launcher
from tests.training_sets import write_set

MODULE = Path(__file__).with_name("training_module.py")

#: As in a request's ContainerEntrypoint, behind the name of Python.
OUR_OWN = ("-m", "model.train")
LAUNCHER = ("-m", "sagemaker_containers.cli.train")


class Container:
    """A container of a training job; it has not started.

    Attributes:
        base: What is /opt/ml.
    """

    def __init__(self, archive, folder):
        self.base = folder / "ml"
        self._source = folder / "sourcedir.tar.gz"
        self._python = environment_of(folder / "environment")
        write_set(self.base / "input" / "data" / "train", archive, ["US"] * len(archive.values))
        self._write_code()
        (self.base / "output" / "data").mkdir(parents=True)
        (self.base / "model").mkdir()

    def _write_code(self):
        """Write the code of the job as a channel, and packed for the launcher."""
        code = self.base / "input" / "data" / "code"
        (code / "model").mkdir(parents=True)
        for name, content in code_files().items():
            (code / name).write_bytes(content)
        with tarfile.open(self._source, "w:gz") as tar:
            tar.add(code / "model", "model")

    def start(self, entry_point, hyperparameters, hosts=("algo-1",)):
        """Start the process."""
        settings = {
            "sagemaker_program": "model.train",
            "sagemaker_submit_directory": str(self._source),
        }
        configuration = {
            "hyperparameters": hyperparameters | (settings if entry_point == LAUNCHER else {}),
            "resourceconfig": {"current_host": hosts[0], "hosts": hosts},
            "inputdataconfig": {name: {"TrainingInputMode": "File"} for name in ("code", "train")},
        }
        folder = self.base / "input" / "config"
        folder.mkdir()
        for name, content in configuration.items():
            (folder / f"{name}.json").write_text(json.dumps(content))
        ours = {"PYTHONPATH": str(self.base / "input" / "data" / "code")}
        launcher = {
            "PYTHONPATH": str(MODULE.parent),
            "AWS_REGION": "us-east-1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_BUILD_ISOLATION": "0",
            "SAGEMAKER_TRAINING_MODULE": f"{MODULE.stem}:main",
        }
        return subprocess.Popen(
            [*WITHOUT_NETWORK, self._python, *entry_point],
            env={
                "PATH": f"{self._python.parent}:{os.defpath}",
                "HOME": str(self.base.parent),
                "SAGEMAKER_BASE_DIR": str(self.base),
                # The image has it, and no other variable of script mode.
                "SM_MODEL_DIR": str(self.base / "model"),
            }
            | (launcher if entry_point == LAUNCHER else ours),
            # It has a folder `model`, which must not be taken for the code.
            cwd=self.base,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments):
        """Run the process; return its exit status and its log."""
        process = self.start(*arguments)
        output, log = process.communicate()
        return process.returncode, log + output

    @property
    def failure(self):
        """The reason of a failure, as SageMaker shows it; None if there is none."""
        path = self.base / "output" / "failure"
        return path.read_text() if path.exists() else None


@pytest.fixture
def container(archive, tmp_path):
    """A container with a training set."""
    require_launcher()
    return Container(archive, tmp_path)


def files_of(folder):
    """Return the contents of all files of a folder, by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("entry_point", [OUR_OWN, LAUNCHER])
def test_the_same_artifact(container, tmp_path, entry_point):
    """Container and command line make the same artifact of a set, byte for byte."""
    hyperparameters = {"parameter": "pressure", "country": "US", "name": "v1", "depth": "4"}
    status, log = container.run(entry_point, hyperparameters)
    assert status == 0, log
    local = tmp_path / "local"
    made = run(
        *("train", "--from", container.base / "input" / "data" / "train", "--output", local),
        *(
            "--parameters",
            "pressure",
            "--countries",
            "US",
            "--each-parameter",
            "--name",
            "v1",
            "--depth",
            "4",
        ),
    )
    assert made.exit_code == 0, made.output
    with tarfile.open(local / "pressure.US.tar.gz") as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")

    assert files_of(container.base / "model") == files_of(tmp_path / "unpacked")
    assert "scores.json" in files_of(container.base / "output" / "data")
    assert container.failure is None


@pytest.mark.parametrize("entry_point", [OUR_OWN, LAUNCHER])
def test_a_failure(container, entry_point):
    """The log has our reason, and SageMaker shows it, unless the launcher wrote one of its own."""
    status, log = container.run(entry_point, {"parameter": "pm25", "name": "v1"})

    ours = "no observations of pm25; there are those of temperature, pressure"

    assert status != 0
    assert ours in log
    assert files_of(container.base / "model") == {}
    assert (ours if entry_point == OUR_OWN else "ExecuteUserScriptError") in container.failure


@pytest.mark.parametrize("entry_point", [OUR_OWN, LAUNCHER])
def test_two_hosts(container, entry_point):
    """SageMaker says which hosts there are, and two of them are refused."""
    hosts = ("algo-1", "algo-2")
    status, log = container.run(entry_point, {"parameter": "pressure", "name": "v1"}, hosts)

    assert status != 0
    assert "2 hosts (algo-1, algo-2): a model is trained on one" in log
    assert files_of(container.base / "model") == {}


def test_stopped(container):
    """SIGTERM, as SageMaker sends it, reaches the training, which says so and leaves no model."""
    path = container.base / "input" / "data" / "train" / "manifest.json"
    path.unlink()
    os.mkfifo(path)
    process = container.start(OUR_OWN, {"parameter": "pressure", "name": "v1"})
    # It waits until the process reads the manifest, which is as far as the process gets.
    with path.open("w"):
        process.send_signal(signal.SIGTERM)
        process.communicate()

    assert process.returncode == 1
    assert (
        container.failure == "stopped by SIGTERM before the model was trained; start the job again"
    )
    assert files_of(container.base / "model") == {}
