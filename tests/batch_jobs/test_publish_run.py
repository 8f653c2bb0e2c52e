"""PublishRun moves readers to a loaded run, once, and never to an older one."""

import pytest

from batch_jobs.errors import LostRunError
from batch_jobs.publish_run import publish_run
from forecasts.item import POINTER_KEY
from forecasts.run import RunState
from forecasts.runs import current_pointer, put_run
from tests.factories import A_RUN, NOW, a_night

TOMORROW = a_night(days=1)


@pytest.fixture
def two_nights(store, clock):
    """A store with two loaded nights."""
    clock.now = TOMORROW.planned_at
    put_run(store, A_RUN)
    put_run(store, TOMORROW)
    return store


def test_a_loaded_run_is_published(two_nights):
    """Readers are moved to the run."""
    assert publish_run(two_nights, A_RUN.id, NOW).state is RunState.PUBLISHED
    assert current_pointer(two_nights).current == A_RUN.id


class ForgetfulStore:
    """A store that loses the pointer, as if the table were made anew at that moment."""

    def __init__(self, store):
        self._store = store
        self._forgotten = set()

    def __getattr__(self, name):
        """Pass everything else on to the store."""
        return getattr(self._store, name)

    def get(self, key):
        """Return an item, unless it is forgotten."""
        return None if key in self._forgotten else self._store.get(key)

    def put(self, item, *, expected):
        """Put an item."""
        self._store.put(item, expected=expected)
        self._forgotten |= {item.key} & {POINTER_KEY}


def test_a_lost_run_is_not_published(two_nights):
    """What was written is read back before the run counts as published."""
    with pytest.raises(LostRunError, match=f"run {A_RUN.id} was published, but the store was"):
        publish_run(ForgetfulStore(two_nights), A_RUN.id, NOW)


def test_a_late_run_is_kept(two_nights):
    """A late run stays loaded with the reason, and the second start writes nothing."""
    publish_run(two_nights, TOMORROW.id, TOMORROW.planned_at)
    late = publish_run(two_nights, A_RUN.id, TOMORROW.planned_at)
    before = two_nights.query("RUN")

    assert late.state is RunState.LOADED
    assert late.reason.startswith(f"run {A_RUN.id} is older than the published run {TOMORROW.id}")
    assert publish_run(two_nights, A_RUN.id, TOMORROW.planned_at) == late
    assert two_nights.query("RUN") == before


def test_a_published_run_is_left_alone(two_nights):
    """If readers have moved on, publishing again changes nothing."""
    first = publish_run(two_nights, A_RUN.id, NOW)
    publish_run(two_nights, TOMORROW.id, TOMORROW.planned_at)
    before = two_nights.query("RUN")

    assert publish_run(two_nights, A_RUN.id, TOMORROW.planned_at) == first
    assert two_nights.query("RUN") == before
