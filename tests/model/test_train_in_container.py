"""Training in the container: the image's own launcher and versions, isolated from the network."""

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

import model as model_package
from tests.command_line import run
from tests.model.test_network_isolation import WITHOUT_NETWORK, environment_of, require_launcher
from tests.training_sets import write_set

MODULE = Path(__file__).with_name("training_module.py")


@pytest.fixture
def container(archive, tmp_path):
    """A function that starts a training job with hyperparameters and hosts; `base` is /opt/ml."""
    require_launcher()
    base = tmp_path / "ml"
    write_set(base / "input" / "data" / "train", archive, ["US"] * len(archive.values))
    write_source(tmp_path / "sourcedir.tar.gz")
    python = environment_of(tmp_path / "environment")
    (base / "output" / "data").mkdir(parents=True)
    (base / "model").mkdir()

    def start(hyperparameters, hosts=("algo-1",)):
        settings = {
            "sagemaker_program": "model.train",
            "sagemaker_submit_directory": str(tmp_path / "sourcedir.tar.gz"),
        }
        configuration = {
            "hyperparameters": {**settings, **hyperparameters},
            "resourceconfig": {"current_host": hosts[0], "hosts": hosts},
            "inputdataconfig": {"train": {"TrainingInputMode": "File"}},
        }
        folder = base / "input" / "config"
        folder.mkdir()
        for name, content in configuration.items():
            (folder / f"{name}.json").write_text(json.dumps(content))
        return subprocess.run(
            [*WITHOUT_NETWORK, python, "-m", "sagemaker_containers.cli.train"],
            env={
                "PATH": f"{python.parent}:{os.defpath}",
                "PYTHONPATH": str(MODULE.parent),
                "HOME": str(tmp_path),
                "AWS_REGION": "us-east-1",
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_NO_BUILD_ISOLATION": "0",
                "SAGEMAKER_BASE_DIR": str(base),
                "SAGEMAKER_TRAINING_MODULE": f"{MODULE.stem}:main",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    start.base = base
    return start


def write_source(path):
    """Write the code of the job: this project's package `model`."""
    with tarfile.open(path, "w:gz") as tar:
        for file in sorted(Path(model_package.__file__).parent.glob("*.py")):
            tar.add(file, f"model/{file.name}")


def files_of(folder):
    """Return the contents of all files of a folder, by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_artifact(container, tmp_path):
    """Container and command line make the same artifact of a set, byte for byte."""
    done = container({"parameter": "pressure", "country": "US", "name": "v1", "depth": "4"})
    assert done.returncode == 0, done.stderr + done.stdout
    local = tmp_path / "local"
    made = run(
        *("train", "--from", container.base / "input" / "data" / "train", "--output", local),
        *("--parameters", "pressure", "--countries", "US", "--name", "v1", "--depth", "4"),
    )
    assert made.exit_code == 0, made.output
    with tarfile.open(local / "pressure.US.tar.gz") as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")

    assert files_of(container.base / "model") == files_of(tmp_path / "unpacked")


def test_a_failure(container):
    """The job fails with our reason in its log; the launcher writes a reason of its own."""
    done = container({"parameter": "pm25", "name": "v1"})

    assert done.returncode != 0
    assert "no observations of pm25; there are those of temperature, pressure" in done.stderr
    assert files_of(container.base / "model") == {}
    assert (container.base / "output" / "failure").read_text().startswith("ExecuteUserScriptError")


def test_two_hosts(container):
    """The launcher says which hosts there are, and two of them are refused."""
    done = container({"parameter": "pressure", "name": "v1"}, ("algo-1", "algo-2"))

    assert done.returncode != 0
    assert "2 hosts (algo-1, algo-2): a model is trained on one" in done.stderr
    assert files_of(container.base / "model") == {}
