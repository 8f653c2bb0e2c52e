"""A new stack tries once a week until it has hours enough; other cases run in the state machine."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from batch_jobs.errors import FileError
from batch_jobs.observations.files import open_location
from batch_jobs.training.candidate_jobs import CandidateJobs
from batch_jobs.training.month_plan import Place, plan_month
from batch_jobs.training.registry import Candidate, Training, TrainingState
from batch_jobs.training.set_summary import set_summary
from batch_jobs.training.starts import Starts
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_text
from model.archive import MIN_HOURS

NOW = datetime(2026, 12, 20, 3, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def trainings(place):
    """A registry, with places of a set, of jobs and of starts."""
    folders = {name: open_location(str(place.folder / name)) for name in ("set", "jobs", "starts")}
    return Place(
        place.registry,
        place.in_use,
        open_location(str(place.folder / "models")),
        folders["set"],
        CandidateJobs(folders["jobs"], "stack"),
        Starts(folders["starts"]),
    )


@pytest.fixture
def planned(trainings, tmp_path):
    """A function that plans at a time; returns the state, and how many candidates are wanted."""
    path = str(tmp_path / "forecasts.db")
    with closing(SQLiteStore(path, lambda: NOW, create=True)) as store:

        def plan(now, execution):
            found = plan_month(trainings, store, execution, now)
            return found.state, len(found.wanted)

        yield plan


def write_set(trainings, since):
    """Write the manifest of a set that begins at a time."""
    fields = {"since": utc_text(since), "until": utc_text(NOW), "parameters": {"pm25": {}}}
    trainings.training_set.write("manifest.json", json.dumps(fields).encode())


def test_too_few_hours(trainings, planned):
    """After a failure, the next try is a week later, or when there are hours enough."""
    write_set(trainings, NOW - DAY)
    failed = Training("2026-12", TrainingState.FAILED, utc_text(NOW), reason="too few")
    trainings.registry.put(failed)

    assert planned(NOW + DAY, "a") == ("failed", 0)
    assert trainings.registry.training("2026-12") == failed
    assert planned(NOW + 7 * DAY, "b") == ("begun", 3)
    begun = trainings.registry.training("2026-12")
    assert (begun.began, begun.reason) == (utc_text(NOW + 7 * DAY), "")

    trainings.starts.end("b")
    trainings.registry.put(failed)
    write_set(trainings, NOW + DAY - timedelta(hours=MIN_HOURS))
    assert planned(NOW + DAY, "c") == ("begun", 3)


def test_a_failure_before_the_set(trainings, planned):
    """Without a set nothing says that it is too early, so each start tries."""
    trainings.registry.put(Training("2026-12", TrainingState.FAILED, utc_text(NOW)))

    assert planned(NOW + DAY, "a") == ("begun", 3)


def test_a_failure_beside_a_model(trainings, planned, artifacts):
    """A stack that has a model has had hours enough once."""
    write_set(trainings, NOW - DAY)
    trainings.in_use.location.write(trainings.in_use.name, artifacts["first"])
    trainings.registry.put(Training("2026-12", TrainingState.FAILED, utc_text(NOW)))

    assert planned(NOW + DAY, "a") == ("begun", 3)


def test_a_candidate_that_was_held_against_another_model(place, trainings, planned):
    """It is trained again, although its job has left everything; the others are not."""
    training = Training("2026-12", TrainingState.BEGUN, utc_text(NOW))
    for depth, in_use in ((6, None), (5, "old")):
        name = f"2026-12-depth{depth}"
        candidate = Candidate(name, f"2026-12/{name}.tar.gz", "digest", {"in_use": in_use})
        training = training.with_candidate(candidate)
        for file in ("model", "output"):
            job = trainings.jobs.new_name(name, NOW)
            path = f"jobs/{job}-0/output/{file}.tar.gz"
            open_location(str(place.folder)).write(path, b"")
    trainings.registry.put(training)

    assert planned(NOW, "a") == ("begun", 2)
    assert list(trainings.registry.training("2026-12").candidates) == ["2026-12-depth6"]


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"since": "2026"}'])
def test_a_damaged_set(trainings, content):
    """The manifest is named."""
    trainings.training_set.write("manifest.json", content)
    with pytest.raises(FileError, match=r"manifest\.json: not that of a training set"):
        set_summary(trainings.training_set)
