"""The code of training jobs, where SageMaker fetches it."""

import subprocess
import sys

from batch_jobs.observations.files import open_location
from batch_jobs.training.job_code import put_code


def test_it_is_the_package(tmp_path):
    """Python finds the entry point in it, wherever it is called."""
    folder = put_code(open_location(str(tmp_path)))
    found = subprocess.run(
        [sys.executable, "-m", "model.train", "--help"],
        env={"PYTHONPATH": str(tmp_path / folder)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.stderr == "SM_CHANNEL_TRAIN is not set; SageMaker's script mode sets it\n"


def test_the_same_code_is_the_same_folder(tmp_path):
    """Written again it is where it was, with nothing beside it."""
    location = open_location(str(tmp_path))
    first = put_code(location)
    files = location.files()

    assert put_code(location) == first
    assert [file.name for file in location.files()] == [file.name for file in files]
    assert {file.name.removeprefix(first).partition("/")[0] for file in files} == {"model"}
