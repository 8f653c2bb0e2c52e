"""FailRun: what a failure changes, and what it does not."""

from dataclasses import replace

import pytest

from batch_jobs.fail_run import fail_run
from forecasts.run import RunState
from forecasts.runs import UnknownRunError, current_pointer, get_run, publish, put_run
from tests.factories import A_RUN, NOW, a_night


@pytest.mark.parametrize("state", [RunState.PLANNED, RunState.LOADED])
def test_an_unfinished_run_is_failed(store, state):
    """With the reason; readers stay where they are."""
    put_run(store, replace(A_RUN, state=state))
    failed = fail_run(store, A_RUN.id, "StoreError: disk full")

    assert failed == replace(A_RUN, state=RunState.FAILED, reason="StoreError: disk full")
    assert get_run(store, A_RUN.id) == failed
    assert current_pointer(store) is None


@pytest.mark.parametrize("state", [RunState.PUBLISHED, RunState.REJECTED, RunState.FAILED])
def test_a_run_that_is_over_stays_as_it_is(store, state):
    """With the reason it has: the first one is the one that counts."""
    put_run(store, replace(A_RUN, state=state, reason="first"))
    before = store.query("RUN")

    assert fail_run(store, A_RUN.id, "second").reason == "first"
    assert store.query("RUN") == before


def test_a_run_that_readers_are_on_is_not_failed(store):
    """Where the pointer moved and only the mark was lost, the next start sets the mark."""
    put_run(store, A_RUN)
    publish(store, A_RUN.id, NOW)
    put_run(store, A_RUN)  # as if PublishRun had ended between pointer and mark

    assert fail_run(store, A_RUN.id, "late").state is RunState.LOADED


def test_an_earlier_run_can_fail(store):
    """Readers on another run do not keep this one from being marked."""
    put_run(store, A_RUN)
    publish(store, A_RUN.id, NOW)
    put_run(store, a_night(days=1))

    assert fail_run(store, a_night(days=1).id, "why").state is RunState.FAILED


def test_an_unknown_run(store):
    """It is an error that names the run."""
    with pytest.raises(UnknownRunError, match=A_RUN.id):
        fail_run(store, A_RUN.id, "why")
