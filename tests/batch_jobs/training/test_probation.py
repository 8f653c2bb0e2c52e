"""A release fails if a week of nights says that it is worse, and not if the weather is hard."""

from dataclasses import replace
from datetime import timedelta

import pytest

from batch_jobs.training.probation import NIGHTS, failures
from batch_jobs.training.registry import ModelRelease, digest_of
from forecasts.item import Item, run_key
from forecasts.run import run_id
from forecasts.times import utc_text
from tests.factories import ISSUE_TIME
from tests.verified import put_verified_run

RELEASED = ISSUE_TIME - timedelta(days=NIGHTS)
BAD = {"mae": 18.0}


def a_release(number, model):
    """Return a release of the night `RELEASED`."""
    digest = digest_of(model.encode())
    return ModelRelease(number, model, f"{number}", digest, utc_text(RELEASED), "", "judged")


@pytest.fixture
def registry(place):
    """A registry with two releases, the older one without a training."""
    place.registry.put_releases([a_release(1, "old"), a_release(2, "new")])
    place.in_use.location.write("model.tar.gz", b"new")
    return place.registry


@pytest.fixture
def failed(place, store):
    """A function that returns what a registry's newest release fails in."""
    return lambda registry: failures(registry, place.in_use, store)


@pytest.fixture
def verified(store):
    """A function that puts a verified run of a model, issued some days after the release."""
    return lambda days, model, **values: put_verified_run(
        store, RELEASED + timedelta(days=days), model, **values
    )


def test_a_bad_week(registry, failed, verified):
    """The reason names the parameter; rain does not count."""
    for days in range(NIGHTS):
        verified(days - NIGHTS, "old")
        verified(days, "new", **BAD)
    (reason,) = failed(registry)
    assert reason.startswith("in the last 7 verified nights the error of temperature was 5")
    assert reason.endswith("% larger than that of the best reference")


@pytest.mark.parametrize("of_old", [{}, BAD])
def test_a_hard_week(registry, failed, verified, of_old):
    """If the model before was as bad, it does not come back; nor if the new one is good."""
    for days in range(NIGHTS):
        verified(days - NIGHTS, "old", **of_old)
        verified(days, "new", **of_old)
    assert failed(registry) == []


def test_what_is_not_known_yet(registry, failed, verified):
    """Six nights are too few, and nights of another model do not count."""
    for days in range(NIGHTS - 1):
        verified(days, "new", **BAD)
    verified(NIGHTS, "other", **BAD)
    assert failed(registry) == []
    verified(NIGHTS + 1, "new", **BAD)
    assert len(failed(registry)) == 1


def test_a_damaged_run(registry, store, failed, verified):
    """It costs only its own night."""
    for days in range(NIGHTS):
        verified(days, "new", **BAD)
    damaged = run_id(RELEASED, 1)
    store.put_many([Item(run_key(damaged), b"damaged")])
    assert failed(registry) == []


@pytest.mark.parametrize(("content", "count"), [(b"old", 1), (b"of an operator", 0), (None, 0)])
def test_what_was_put_there_by_hand(registry, place, failed, verified, content, count):
    """It is not on probation, nor is a model that is gone; a rollback by hand is noted."""
    for days in range(NIGHTS):
        verified(days, "new", **BAD)
    if content is None:
        place.in_use.location.delete("model.tar.gz")
    else:
        place.in_use.location.write("model.tar.gz", content)
    assert len(failed(registry)) == count


def test_the_only_release(place, store, verified):
    """There is nothing to go back to."""
    for days in range(NIGHTS):
        verified(days, "new", **BAD)
    taken = replace(a_release(1, "old"), taken_back="no")
    place.registry.put_releases([taken, a_release(2, "new")])
    assert failures(place.registry, place.in_use, store) == []
