"""A training is marked by how far it was, so that the next start goes on with it."""

import pytest

from batch_jobs.training.failed_training import fail_training
from batch_jobs.training.registry import Training, TrainingState

S = TrainingState


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (S.BEGUN, S.FAILED),
        (S.APPROVED, S.APPROVED),
        (S.RELEASED, S.APPROVED),
        (S.REFUSED, S.REFUSED),
        (S.WAITING, S.WAITING),
        (S.ROLLED_BACK, S.ROLLED_BACK),
    ],
)
def test_states(place, before, after):
    """What was decided stays; what was chosen is released again."""
    place.registry.put(Training("2026-12", before, "2026-12-01T03:00:00Z", reason="first"))

    assert fail_training(place.registry, "2026-12", "second") is after
    found = place.registry.training("2026-12")
    assert (found.state, found.reason) == (
        after,
        "second" if before in (S.BEGUN, S.APPROVED, S.RELEASED) else "first",
    )


def test_no_training(place):
    """Its file was deleted: there is nothing to mark."""
    assert fail_training(place.registry, "2026-12", "second") is None
