"""The entry point of training, as a process with SageMaker's variables."""

import fcntl
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import termios
from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.transform import load_model
from tests.dynamodb_local import ROOT
from tests.training_sets import change_manifest, write_set

#: The smallest buffer of a pipe on Linux, in bytes.
PAGE = 4096


@pytest.fixture
def job(archive, tmp_path):
    """A training job that has not started: its set, and a function that starts it."""
    return Job(archive, tmp_path)


class Job:
    """A training job in a folder.

    Attributes:
        set: The training set.
        model: The folder of the artifact's files.
        output: The folder of the scores; the reason of a failure is beside it.
    """

    def __init__(self, archive, folder):
        self.set = write_set(folder / "train", archive, ["US"] * len(archive.values))
        self.model, self.output = folder / "model", folder / "output" / "data"
        self.variables = {
            "SM_CHANNEL_TRAIN": str(self.set),
            "SM_MODEL_DIR": str(self.model),
            "SM_OUTPUT_DATA_DIR": str(self.output),
            "SM_HOSTS": '["algo-1"]',
        }
        self.output.mkdir(parents=True)
        self.model.mkdir()

    def start(self, *arguments):
        """Start the process."""
        given = arguments or ("--parameter", "pressure", "--name", "v1", "--depth", "2")
        return subprocess.Popen(
            [sys.executable, "-m", "model.train", *given],
            cwd=ROOT,
            env=os.environ | self.variables,  # noqa: TID251 -- coverage is measured in it
            stderr=subprocess.PIPE,
            text=True,
        )

    def failure(self, *arguments):
        """Run the process, which must fail and leave nothing; return its reason."""
        process = self.start(*arguments)
        _, log = process.communicate()
        reason = (self.output.parent / "failure").read_text()

        assert process.returncode == 1
        assert log == reason + "\n"
        assert self.left() == []
        return reason

    def left(self):
        """Return the files that the process has left."""
        return [path for path in (*self.model.rglob("*"), *self.output.iterdir()) if path.is_file()]


def test_it_trains(job):
    """The model's folder is an artifact, and the scores are those in it."""
    process = job.start()
    process.communicate()
    loaded = load_model(job.model)
    report = json.loads((job.output / "scores.json").read_text())

    assert process.returncode == 0
    assert (loaded.name, loaded.parameters, loaded.training["depth"]) == ("v1", ("pressure",), 2)
    assert (report["model"], report["since"]) == ("v1", loaded.training["held_back_from"])
    assert report["parameters"]["pressure"]["mae"] == loaded.scores["pressure"]["mae"]
    assert not (job.output.parent / "failure").exists()


def test_beside_the_model_in_use(job, model_path):
    """Without a parameter all are forecast, and the judgement says what is gained on each."""
    in_use = job.output / "in-use"
    in_use.mkdir()
    shutil.copy(model_path, in_use / "model.tar.gz")
    job.variables["SM_CHANNEL_MODEL"] = str(in_use)
    process = job.start("--name", "v2", "--depth", "2")
    process.communicate()
    judgement = json.loads((job.output / "judgement.json").read_text())

    assert process.returncode == 0
    assert load_model(job.model).parameters == ("temperature", "pressure")
    assert (judgement["candidate"], judgement["in_use"]) == ("v2", "small")
    assert judgement["left_out"] == []
    assert set(judgement["comparisons"]["held-back time"]) == {"temperature", "pressure"}


def test_a_damaged_model_in_use(job):
    """Without it nothing can be judged, so nothing begins."""
    job.variables["SM_CHANNEL_MODEL"] = str(job.set)
    (job.set / "model.tar.gz").write_bytes(b"half of a file")

    assert job.failure("--name", "v2").startswith(f"{job.set}/model.tar.gz: not a model artifact")


def test_a_parameter_that_was_never_measured_before(archive, tmp_path):
    """It is left out, and the reason goes with the model of the others."""
    values = archive.values.copy()
    values[:, 1, : -14 * 24] = np.nan
    job = Job(replace(archive, values=values), tmp_path)
    process = job.start("--name", "v1", "--depth", "2")
    process.communicate()
    judgement = json.loads((job.output / "judgement.json").read_text())

    assert load_model(job.model).parameters == ("temperature",)
    assert judgement["left_out"] == ["pressure: too few observations to train on"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--depth", "deep"), "argument --depth: 'deep' is not a whole number from 1 to 16"),
        (("--depth", "17"), "argument --depth: '17' is not a whole number from 1 to 16"),
        (("--depth", "5.0"), "argument --depth: '5.0' is not a whole number from 1 to 16"),
        (("--eta", "0.1"), "unrecognized arguments: --eta 0.1"),
        (("--country",), "argument --country: expected one argument"),
    ],
)
def test_wrong_hyperparameters(job, arguments, words):
    """A hyperparameter that is wrong or unknown is named."""
    reason = job.failure("--parameter", "pressure", "--name", "v1", *arguments)

    assert reason == f"hyperparameters: {words}"


def test_missing_hyperparameters(job):
    """What is required is named."""
    reason = job.failure("--depth", "5")

    assert reason == "hyperparameters: the following arguments are required: --name"


@pytest.mark.parametrize(
    ("hosts", "words"),
    [
        ('["algo-1", "algo-2"]', "2 hosts (algo-1, algo-2): a model is trained on one"),
        ("[]", "0 hosts"),
        ("algo-1", "SM_HOSTS is not a list of hosts: algo-1"),
        ("1", "SM_HOSTS is not a list of hosts: 1"),
    ],
)
def test_other_than_one_host(job, hosts, words):
    """Several hosts would make several models."""
    job.variables["SM_HOSTS"] = hosts

    assert job.failure().startswith(words)


def test_a_missing_variable(job):
    """Without a variable of SageMaker's nothing begins."""
    del job.variables["SM_HOSTS"]

    assert job.failure() == "SM_HOSTS is not set; SageMaker's script mode sets it"


def test_without_a_place_for_the_reason(job):
    """If even the folder of the output is unknown, the log has the reason."""
    del job.variables["SM_OUTPUT_DATA_DIR"]
    process = job.start()
    _, log = process.communicate()

    assert process.returncode == 1
    assert log == "SM_OUTPUT_DATA_DIR is not set; SageMaker's script mode sets it\n"


def test_three_weeks(archive, tmp_path):
    """A parameter of three weeks is too short, although the set is of ten."""
    values = archive.values.copy()
    values[:, 1, : -21 * 24] = np.nan
    job = Job(replace(archive, values=values), tmp_path)

    assert job.failure() == (
        "504 hours of observations are too few to train on; give at least 1500"
    )


def test_one_station(archive, tmp_path):
    """One station is enough for a model of its own, not for a model of its country."""
    job = Job(archive.take(np.array([1])), tmp_path)
    country = job.failure("--parameter", "pressure", "--name", "v1", "--country", "US")
    process = job.start()
    process.communicate()

    assert country == "1 stations of US measure pressure; a country's own model needs 3"
    assert process.returncode == 0
    assert load_model(job.model).training["stations"] == 1


def test_a_missing_file(job):
    """A file that the manifest names and that is not there ends the job with its name."""
    path = job.set / "parameter=pressure/country=US/year=2013/part-0001.parquet"
    path.unlink()

    assert job.failure().startswith(f"{path}: cannot be read: ")


def test_no_set(job):
    """An empty channel is named."""
    (job.set / "manifest.json").unlink()

    assert job.failure().startswith(f"{job.set}/manifest.json: there is no such file")


def test_a_long_reason(job):
    """SageMaker takes no more than 1,024 characters."""
    change_manifest(job.set, lambda manifest: manifest.update(format="9" * 2000))
    process = job.start()
    process.communicate()

    assert len((job.output.parent / "failure").read_text()) == 1024


def test_no_place_for_the_model(job):
    """What the file system says becomes the reason."""
    job.model.rmdir()
    job.model.write_text("a file")
    process = job.start()
    process.communicate()

    assert process.returncode == 1
    assert "model/boosters" in (job.output.parent / "failure").read_text()


def test_stopped_before_there_is_a_model(job):
    """SIGTERM ends the job with a reason, and nothing is half written."""
    path = job.set / "manifest.json"
    path.unlink()
    os.mkfifo(path)
    process = job.start()
    # It waits until the process reads the manifest, which is as far as the process gets.
    with path.open("w"):
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate()

    assert process.returncode == 1
    assert log == "stopped by SIGTERM before the model was trained; start the job again\n"
    assert (job.output.parent / "failure").read_text() == log.rstrip()
    assert job.left() == []


def test_stopped_while_it_writes(job):
    """Once there is a model, SIGTERM does not keep it from being written as a whole."""
    path = job.output / "scores.json"
    os.mkfifo(path)
    # Nothing empties the pipe, so the process gets no further than its first page.
    pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PAGE)
    process = job.start()
    while struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0] < PAGE:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    content = b""
    while process.poll() is None:
        content += drained(pipe)
    os.close(pipe)
    process.communicate()

    assert process.returncode == 0
    assert json.loads(content)["model"] == "v1"
    assert load_model(job.model).name == "v1"


def drained(pipe):
    """Return what is in a pipe."""
    try:
        return os.read(pipe, PAGE)
    except BlockingIOError:
        return b""
