"""FailRun marks a run as failed, and leaves the pointer alone."""

from dataclasses import replace

import pytest

from batch_jobs.fail_run import fail_run
from forecasts.item import POINTER_KEY
from forecasts.run import RunState
from forecasts.runs import UnknownRunError, current_pointer, get_run, publish, put_run
from tests.factories import A_RUN, NOW, a_night


@pytest.mark.parametrize("state", [RunState.PLANNED, RunState.LOADED])
def test_an_unfinished_run_is_failed(store, state):
    """The run gets the reason, and readers stay on their run."""
    put_run(store, replace(A_RUN, state=state))
    failed = fail_run(store, A_RUN.id, "StoreError: disk full")

    assert failed == replace(A_RUN, state=RunState.FAILED, reason="StoreError: disk full")
    assert get_run(store, A_RUN.id) == failed
    assert current_pointer(store) is None


@pytest.mark.parametrize("state", [RunState.PUBLISHED, RunState.REJECTED, RunState.FAILED])
def test_a_finished_run_is_unchanged(store, state):
    """A finished run keeps its state and its first reason."""
    put_run(store, replace(A_RUN, state=state, reason="first"))
    before = store.query("RUN")

    assert fail_run(store, A_RUN.id, "second").reason == "first"
    assert store.query("RUN") == before


def test_the_current_run_is_not_failed(store):
    """If the pointer moved and only the mark was lost, the next start sets the mark."""
    put_run(store, A_RUN)
    publish(store, A_RUN.id, NOW)
    put_run(store, A_RUN)  # as if PublishRun had stopped between pointer and mark

    assert fail_run(store, A_RUN.id, "late").state is RunState.LOADED


def test_an_earlier_run_can_fail(store):
    """A run can be marked failed while readers are on another one."""
    put_run(store, A_RUN)
    publish(store, A_RUN.id, NOW)
    put_run(store, a_night(days=1))

    assert fail_run(store, a_night(days=1).id, "why").state is RunState.FAILED


def a_damaged_pointer(store):
    """Publish a run, and damage the pointer to it."""
    put_run(store, A_RUN)
    publish(store, A_RUN.id, NOW)
    store.put_many([store.get(POINTER_KEY)._replace(body=b"\xff")])


def test_a_damaged_pointer(store):
    """A run that was never loaded is marked failed, as readers cannot be on it."""
    a_damaged_pointer(store)
    planned = a_night(days=1, state=RunState.PLANNED)
    put_run(store, planned)

    assert fail_run(store, planned.id, "why").state is RunState.FAILED


def test_a_loaded_run_and_a_damaged_pointer(store):
    """A loaded run stays loaded: publishing it replaces the pointer."""
    a_damaged_pointer(store)
    tonight = a_night(days=1)
    put_run(store, tonight)

    assert fail_run(store, tonight.id, "why") == tonight
    publish(store, tonight.id, NOW)
    assert current_pointer(store).current == tonight.id


def test_an_unknown_run(store):
    """The error names the run."""
    with pytest.raises(UnknownRunError, match=A_RUN.id):
        fail_run(store, A_RUN.id, "why")
