"""The folder of a night goes with it, or at the start of the next one."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from batch_jobs.night_folder import night_folder

NIGHT = """
import sys
from batch_jobs.night_folder import night_folder
with night_folder() as folder:
    (folder / "part-00000.jsonl").write_text("a line")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """The folder that holds temporary ones, of this process and of others."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def another_night(temporary):
    """A process with a folder of its own; yields the process and the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", NIGHT],
        env={"PATH": os.defpath, "PYTHONPATH": str(Path.cwd()), "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process, Path(process.stdout.readline().strip())


def test_it_goes_with_the_night(temporary):
    """After a night, successful or not, its folder is gone."""

    def fail():
        with night_folder() as folder:
            (folder / "part-00000.jsonl").touch()
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()

    assert not list(temporary.iterdir())


def test_a_killed_night(temporary):
    """The folder of a killed night is removed when the next night begins."""
    with another_night(temporary) as (process, left):
        process.kill()
    assert (left / "part-00000.jsonl").exists()

    with night_folder() as folder:
        assert folder.exists()
        assert not left.exists()


def test_a_night_that_runs(temporary):
    """The folder of a night that still runs is left alone, and so is one without a lock."""
    (temporary / "stationcast-night-foreign").mkdir()
    with another_night(temporary) as (process, running):
        with night_folder():
            pass
        assert (running / "part-00000.jsonl").exists()
        process.stdin.close()

    assert [path.name for path in temporary.iterdir()] == ["stationcast-night-foreign"]
