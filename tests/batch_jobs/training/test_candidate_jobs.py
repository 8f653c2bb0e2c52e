"""The jobs of a candidate are found by their names, and what they leave is checked."""

import io
import json
import tarfile
from datetime import UTC, datetime, timedelta

import pytest

from batch_jobs.observations.files import Folder
from batch_jobs.training.candidate_jobs import CandidateJobs

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)
NAME = "2026-12-depth10"


@pytest.fixture
def jobs(tmp_path):
    """The jobs of a stack; none yet."""
    return CandidateJobs(Folder(tmp_path / "jobs"), "weather")


def leave(tmp_path, job, *names, content=b""):
    """Write files as a job leaves them."""
    for name in names:
        path = tmp_path / "jobs" / job / "output" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


BOTH = ("model.tar.gz", "output.tar.gz")


@pytest.mark.parametrize("stack", ["weather", "a-stack-with-a-name-of-up-to-128-characters-" * 2])
def test_names(tmp_path, stack):
    """A job's name fits, with the attempt; a later one sorts behind an earlier one."""
    jobs = CandidateJobs(Folder(tmp_path), stack)
    first, second = (jobs.new_name(NAME, NOW + timedelta(seconds=s)) for s in (0, 1))

    assert len(f"{first}-0") <= 63
    assert first < second
    assert first.startswith(stack[:30])
    assert f"-{NAME}-" in first


def test_finished(jobs, tmp_path):
    """Of several jobs the newest counts; one that left half of its files does not."""
    older, newer, newest = (jobs.new_name(NAME, NOW + timedelta(hours=h)) for h in range(3))
    leave(tmp_path, f"{older}-0", *BOTH)
    leave(tmp_path, f"{newer}-1", *BOTH)
    leave(tmp_path, f"{newest}-0", "model.tar.gz")
    leave(tmp_path, jobs.new_name("2026-12-depth5", NOW), "output.tar.gz")
    leave(tmp_path, f"another-{NAME}-6b0c110e-0", *BOTH)

    assert jobs.finished([NAME, "2026-12-depth5", "2026-12-depth6"]) == {NAME: f"{newer}-1"}


def test_no_jobs(jobs):
    """Before the first job there is no folder."""
    assert jobs.finished([NAME]) == {}


def test_another_model(jobs, place, artifacts, tmp_path):
    """A job that has made a model of another name has not made the candidate."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        fields = ("candidate", "in_use", "since", "accepted", "gain", "reasons", "comparisons")
        content = json.dumps(dict.fromkeys((*fields, "left_out"))).encode()
        info = tarfile.TarInfo("judgement.json")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    leave(tmp_path, "job", "output.tar.gz", content=buffer.getvalue())
    leave(tmp_path, "job", "model.tar.gz", content=artifacts["first"])
    found = jobs.candidate(place.registry, "2026-12", "second", "job")

    assert (found.file, found.failure) == ("", "job: has made the model first")
