"""Releases and rollbacks change one file, completely or not at all, and can always be repeated."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from batch_jobs.errors import FileError, RegistryError
from batch_jobs.observations.files import Folder
from batch_jobs.training.registry import Registry, TrainingState
from batch_jobs.training.releasing import ModelFile, release, roll_back
from model.errors import ArtifactError

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)


def numbers(place):
    """Return the model of each release; one that was taken back in brackets."""
    return [
        f"({each.model})" if each.taken_back else each.model for each in place.registry.releases()
    ]


def test_the_first_model(place, approved):
    """Without a model in use, the first release makes it."""
    done = release(place.registry, place.in_use, approved("2026-12", "first"), NOW)

    assert (done.number, done.model, done.training) == (1, "first", "2026-12")
    assert place.in_use.model().name == "first"
    assert place.registry.training("2026-12").state is TrainingState.RELEASED
    with pytest.raises(RegistryError, match="there is no earlier release"):
        roll_back(place.registry, place.in_use, "no")


def test_there_and_back(place, approved, artifacts):
    """A model that was in use before becomes a release as well, so that it can come back."""
    place.in_use.location.write("model.tar.gz", artifacts["first"])
    release(place.registry, place.in_use, approved("2026-11", "second", approved_by="ada"), NOW)
    release(place.registry, place.in_use, approved("2026-12", "third"), NOW)
    assert numbers(place) == ["first", "second", "third"]
    assert [each.reason for each in place.registry.releases()] == [
        "was in use before",
        "approved by ada",
        "judged",
    ]

    taken, back = roll_back(place.registry, place.in_use, "too cold")
    assert (taken.model, taken.reason, back.model) == ("third", "judged", "second")
    assert place.in_use.read() == artifacts["second"]
    assert place.registry.training("2026-12").state is TrainingState.ROLLED_BACK
    roll_back(place.registry, place.in_use, "too warm")
    assert place.in_use.read() == artifacts["first"]
    assert numbers(place) == ["first", "(second)", "(third)"]


def test_twice(place, approved):
    """The same release again changes nothing."""
    training = approved("2026-12", "first")
    done = release(place.registry, place.in_use, training, NOW)
    assert release(place.registry, place.in_use, training, NOW) == done
    assert numbers(place) == ["first"]


def test_what_was_not_approved(place, approved):
    """It does not come into use."""
    waiting = approved("2026-12", "first", state=TrainingState.WAITING)
    with pytest.raises(RegistryError, match="training 2026-12 is waiting: nothing to release"):
        release(place.registry, place.in_use, waiting, NOW)
    assert place.in_use.read() is None
    assert place.in_use.model() is None


def test_what_does_not_load(place, approved, artifacts):
    """An artifact that does not load, or is not the judged one, leaves the model in use."""
    place.in_use.location.write("model.tar.gz", artifacts["first"])
    training = approved("2026-12", "second")
    candidate = training.candidates["second"]

    digest = place.registry.keep(candidate.file, b"no artifact")
    with pytest.raises(FileError, match="not the artifact that was registered"):
        release(place.registry, place.in_use, training, NOW)
    broken = training.with_candidate(replace(candidate, digest=digest))
    with pytest.raises(ArtifactError):
        release(place.registry, place.in_use, broken, NOW)
    assert place.in_use.read() == artifacts["first"]
    assert place.registry.releases() == []


def test_a_model_that_was_replaced_by_hand(place, approved, artifacts):
    """A rollback does not overwrite what it does not know; a release keeps it."""
    release(place.registry, place.in_use, approved("2026-11", "first"), NOW)
    release(place.registry, place.in_use, approved("2026-12", "second"), NOW)
    place.in_use.location.write("model.tar.gz", artifacts["third"])

    with pytest.raises(RegistryError, match=r"model.tar.gz is not release 2 \(second\)"):
        roll_back(place.registry, place.in_use, "no")
    assert place.in_use.read() == artifacts["third"]

    release(place.registry, place.in_use, approved("2027-01", "second"), NOW)
    for _ in range(2):
        roll_back(place.registry, place.in_use, "no")
    assert place.in_use.read() == artifacts["second"]
    assert numbers(place) == ["first", "second", "(third)", "(second)"]


class Full(Folder):
    """A folder on a disk that is full after some writes; all of them share a count."""

    left = 0

    def write(self, name, content):
        """Write a file, as long as there is room."""
        if not Full.left:
            raise FileError(name, "unwritable_file", "the disk is full")
        Full.left -= 1
        super().write(name, content)


@pytest.mark.parametrize("room", range(6))
def test_interrupted(place, approved, artifacts, tmp_path, room):
    """Wherever a release and a rollback stop, the next call completes them."""
    place.in_use.location.write("model.tar.gz", artifacts["first"])
    training = approved("2026-12", "second")
    registry = Registry(Full(tmp_path / "training"))
    in_use = ModelFile(Full(tmp_path), "model.tar.gz")

    Full.left = room
    with pytest.raises(FileError, match="the disk is full"):
        release(registry, in_use, training, NOW)
    assert place.in_use.read() in (artifacts["first"], artifacts["second"])
    release(place.registry, place.in_use, training, NOW)
    assert place.in_use.read() == artifacts["second"]
    assert numbers(place) == ["first", "second"]

    Full.left = room % 3
    with pytest.raises(FileError, match="the disk is full"):
        roll_back(registry, in_use, "no")
    roll_back(place.registry, place.in_use, "no")
    assert place.registry.training("2026-12").state is TrainingState.ROLLED_BACK
    assert place.in_use.read() == artifacts["first"]
    assert numbers(place) == ["first", "(second)"]
