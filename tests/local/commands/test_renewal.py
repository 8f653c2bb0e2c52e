"""Renewing the model from the command line."""

import fcntl
from dataclasses import replace

import pytest

from batch_jobs.observations.files import open_location
from batch_jobs.training.registry import Candidate, Registry, Training, TrainingState
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_now
from model.artifact import save
from tests.command_line import run, said

JUDGED = {
    "accepted": True,
    "reasons": [],
    "comparisons": {
        "held-back time": {
            "pressure": {"gain": 0.031, "skill": 0.12, "reference": "week", "coverage": 0.801},
            "temperature": {"gain": None, "skill": 0.2, "reference": "week", "coverage": 0.79},
        }
    },
}


@pytest.fixture
def place(tmp_path, model, model_path, monkeypatch):
    """A folder with a model in use and a candidate that waits for approval."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.tar.gz").write_bytes(model_path.read_bytes())
    registry = Registry(open_location("training"))
    save(replace(model, name="2026-12-depth5"), tmp_path / "candidate")
    file = "2026-12/2026-12-depth5.tar.gz"
    digest = registry.keep(file, (tmp_path / "candidate").read_bytes())
    good = Candidate("2026-12-depth5", file, digest, JUDGED)
    bad = Candidate("2026-12-depth10", failure="too few observations")
    training = Training("2026-12", TrainingState.WAITING, "2026-12-01T00:00:00Z", chosen=good.name)
    registry.put(training.with_candidate(good).with_candidate(bad))
    return tmp_path


def test_there_and_back(place):
    """A candidate is looked at, approved, released and taken back."""
    judged = run("training", "candidates")
    assert "2026-12-depth5 accepted" in judged.output
    assert "+3.1%" in judged.output
    assert "2026-12-depth10: too few observations" in said(judged)

    before = (place / "model.tar.gz").read_bytes()
    early = run("training", "release")
    assert early.exit_code == 1
    assert "training 2026-12 is waiting: nothing to release" in early.output
    assert run("training", "approve", "2026-12", "--by", "ada").exit_code == 0
    done = run("training", "release", "2026-12")
    assert "Release 2: model.tar.gz is 2026-12-depth5" in done.output
    assert (place / "model.tar.gz").read_bytes() == (place / "candidate").read_bytes()

    back = run("training", "rollback", "--reason", "too cold")
    assert "2026-12-depth5 is taken back: model.tar.gz is small again" in said(back)
    assert (place / "model.tar.gz").read_bytes() == before
    status = said(run("training", "status"))
    for text in ("rolled back", "too cold", "approved by ada", "1 (in use)"):
        assert text in status


def test_months_that_are_not_there(place):
    """The error says which there are, or how to begin."""
    assert (
        "no training of 2026-11; there are 2026-12"
        in run("training", "candidates", "2026-11").output
    )
    nothing = run("training", "approve", "--by", "ada", "--folder", place / "other")
    assert "no training yet; `stationcast training run` begins one" in said(nothing)


def test_two_at_once(place):
    """The second of two trainings is refused, and changes nothing."""
    with (place / "training" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = run("training", "release")
    assert second.exit_code == 1
    assert "another training is at work in training; wait until it ends" in said(second)


def test_a_month_that_is_done(place):
    """A second start trains nothing; it says how the month ended, and where the report is."""
    registry = Registry(open_location("training"))
    month = f"{utc_now():%Y-%m}"
    registry.put(replace(registry.training("2026-12"), name=month, state=TrainingState.REFUSED))
    SQLiteStore("forecasts.db", utc_now, create=True).close()
    arguments = ("--observations", place / "nothing", "--store", "sqlite:///forecasts.db")
    done = run("training", "run", *arguments)

    assert done.exit_code == 0, done.output
    assert f"Training {month} is refused" in done.output
    assert f"training/{month}/report.md" in done.output


def test_no_observations(place):
    """The reason is said, and kept."""
    failed = run("training", "run", "--observations", place / "nothing", "--folder", "empty")
    assert failed.exit_code == 1
    assert "nothing" in failed.output
    assert "failed" in run("training", "status", "--folder", "empty").output
