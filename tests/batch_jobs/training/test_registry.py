"""The registry reads back what it wrote, and names what is damaged."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from batch_jobs.errors import FileError, RegistryError
from batch_jobs.training.registry import Candidate, ModelRelease, TrainingState, month_of
from batch_jobs.training.registry import approved as approved_by

RELEASE = ModelRelease(
    1, "first", "releases/0001.tar.gz", "ab", "2026-12-01T00:00:00Z", "2026-12", ""
)


def test_empty(place):
    """A folder that does not exist has no trainings and no releases."""
    assert place.registry.trainings() == []
    assert place.registry.releases() == []
    assert place.registry.training("2026-12") is None


def test_round_trip(place, approved):
    """Trainings come back as they were put, the newest first."""
    older, newer = approved("2026-11", "first"), approved("2026-12", "second", reason="none")
    assert place.registry.trainings() == [newer, older]
    assert place.registry.training("2026-11") == older

    place.registry.put_releases([RELEASE, replace(RELEASE, number=2, taken_back="no")])
    assert [each.number for each in place.registry.releases()] == [1, 2]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"state":"lost","candidates":{}}'])
def test_damage_is_named(place, content):
    """The error names the file and says what to do."""
    for name, read in {
        "2026-12/training.json": place.registry.trainings,
        "releases.json": place.registry.releases,
    }.items():
        place.registry.keep(name, content)
        with pytest.raises(FileError, match=rf"{name}: .*delete it to begin anew"):
            read()


def test_another_artifact(place, approved):
    """An artifact that is not the one that was judged is never used."""
    candidate = approved("2026-12", "first").candidates["first"]
    place.registry.keep(candidate.file, b"another")
    with pytest.raises(FileError, match=r"registered; put that version of the file back"):
        place.registry.artifact(candidate)


def test_candidates():
    """Why a candidate is not released is known as far as it came."""
    judged = Candidate("a", judgement={"accepted": False, "reasons": ["worse"]})
    assert judged.reasons == ["worse"]
    assert judged.held_back == {}
    assert Candidate("b", failure="too short").reasons == ["too short"]
    assert not Candidate("c").accepted
    assert Candidate("c").reasons == []


def test_approval(approved):
    """Only what waits is approved."""
    waiting = approved("2026-12", "first", state=TrainingState.WAITING)
    done = approved_by(waiting, "ada")

    assert (done.state, done.approved_by) == (TrainingState.APPROVED, "ada")
    with pytest.raises(RegistryError, match="training 2026-12 is approved: nothing to approve"):
        approved_by(done, "bob")


def test_months():
    """A month is that of UTC."""
    assert month_of(datetime(2026, 12, 31, 23, tzinfo=UTC)) == "2026-12"
