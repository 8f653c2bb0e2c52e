"""Publishing and rolling back, tested on each store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from forecasts.errors import ConflictError
from forecasts.item import EXPIRY, StationEntry, catalogue_item
from forecasts.run import Pointer, RunState
from forecasts.runs import (
    NotPublishableError,
    UnknownRunError,
    current_pointer,
    get_catalogue,
    get_run,
    list_runs,
    publish,
    put_run,
    rollback,
    update_run,
)
from tests.factories import A_RUN, NOW, a_night, a_station

DAY = timedelta(days=1)
LATER = NOW + timedelta(minutes=5)


class CrashError(Exception):
    """Ends a process in the middle of its work."""


class CrashingStore:
    """A store that crashes when something is put at a given key."""

    def __init__(self, store, key):
        self.get = store.get
        self.query = store.query
        self._store = store
        self._key = key

    def put(self, item, *, expected):
        """Put an item, or crash before it."""
        if item.key.sk == self._key:
            raise CrashError
        self._store.put(item, expected=expected)


def publish_nights(store, count, clock):
    """Publish *count* nights in a row; return their runs, oldest first."""
    runs = [a_night(days) for days in range(count)]
    for run in runs:
        clock.now = run.planned_at
        put_run(store, run)
        publish(store, run.id, run.planned_at)
    return runs


def test_no_pointer_at_first(store):
    """Before the first night nothing is published."""
    assert current_pointer(store) is None


def test_put_run_again(store):
    """A run is replaced as it progresses, and read back as it was last written."""
    put_run(store, a_night(state=RunState.PLANNED))
    done = a_night(state=RunState.FAILED, reason="transform", report={"coverage": 0.5})

    put_run(store, done)

    assert get_run(store, A_RUN.id) == done


def test_update_run(store):
    """An update applies to the run in the store."""
    put_run(store, A_RUN)
    changed = update_run(store, A_RUN.id, lambda run: replace(run, reason="why"))

    assert changed == get_run(store, A_RUN.id) == replace(A_RUN, reason="why")


def test_update_run_without_a_change(store):
    """An update without a change writes nothing, so the item keeps its version."""
    put_run(store, A_RUN)
    before = store.query("RUN")

    assert update_run(store, A_RUN.id, replace) == A_RUN
    assert store.query("RUN") == before


def test_update_run_during_another_write(store):
    """An update that was decided on an older version of the run does not replace the newer one."""
    put_run(store, A_RUN)

    def change(run):
        put_run(store, replace(run, reason="theirs"))
        return replace(run, reason="ours")

    with pytest.raises(ConflictError):
        update_run(store, A_RUN.id, change)

    assert get_run(store, A_RUN.id).reason == "theirs"


def test_update_an_unknown_run(store):
    """The error names the run."""
    with pytest.raises(UnknownRunError, match=A_RUN.id):
        update_run(store, A_RUN.id, lambda run: run)


def test_unknown_run(store):
    """The error names a missing run."""
    with pytest.raises(UnknownRunError, match="no run '20131230T0000Z-9'") as caught:
        get_run(store, "20131230T0000Z-9")

    assert caught.value.run_id == "20131230T0000Z-9"


def test_list_runs(store):
    """Runs are listed by newest night, then by newest attempt, with the tenth after the ninth."""
    minute = timedelta(minutes=1)
    attempts = [
        replace(a_night(1, attempt), planned_at=NOW + DAY + attempt * minute)
        for attempt in range(1, 11)
    ]
    for run in [a_night(0), *attempts]:
        put_run(store, run)
    put_run(store, a_night(2))
    publish(store, a_night(2).id, NOW)

    listed = [run.id for run in list_runs(store)]

    assert listed == [a_night(2).id, *[run.id for run in reversed(attempts)], a_night(0).id]


def test_publish(store):
    """Publishing the first night points readers at it and records the time."""
    put_run(store, A_RUN)

    pointer = publish(store, A_RUN.id, LATER)

    assert pointer == Pointer(A_RUN.id, None, 1, LATER, A_RUN.identity)
    assert current_pointer(store) == pointer
    assert get_run(store, A_RUN.id) == replace(A_RUN, state=RunState.PUBLISHED, published_at=LATER)


def test_publish_the_next_night(store, clock):
    """The next night becomes current, and a rollback can return to the one before."""
    first, second = publish_nights(store, 2, clock)

    assert current_pointer(store) == Pointer(
        second.id, first.id, 2, second.planned_at, second.identity
    )


def test_publish_twice(store):
    """Publishing the current run again changes nothing."""
    put_run(store, A_RUN)
    first = publish(store, A_RUN.id, NOW)
    run = get_run(store, A_RUN.id)

    again = publish(store, A_RUN.id, LATER)

    assert again == first == current_pointer(store)
    assert get_run(store, A_RUN.id) == run


def test_publish_an_older_run(store, clock):
    """A run that was published before can be published again; it keeps its first time."""
    first, second = publish_nights(store, 2, clock)

    pointer = publish(store, first.id, second.planned_at + DAY)

    assert pointer == Pointer(first.id, second.id, 3, second.planned_at + DAY, first.identity)
    assert get_run(store, first.id).published_at == first.planned_at


@pytest.mark.parametrize("state", [RunState.PLANNED, RunState.REJECTED, RunState.FAILED])
def test_publish_of_an_unloaded_run(store, state):
    """A run that is not fully loaded, or did not pass its gate, is not published."""
    put_run(store, a_night(state=state))

    with pytest.raises(NotPublishableError, match=f"is {state}; only a loaded run"):
        publish(store, A_RUN.id, NOW)

    assert current_pointer(store) is None


def test_publish_of_an_unknown_run(store):
    """A missing run is not published."""
    with pytest.raises(UnknownRunError):
        publish(store, A_RUN.id, NOW)

    assert current_pointer(store) is None


def test_publish_of_an_expired_run(store):
    """A run whose forecasts have expired is not published, although it is still listed."""
    put_run(store, A_RUN)

    with pytest.raises(NotPublishableError, match="have expired"):
        publish(store, A_RUN.id, NOW + EXPIRY)

    assert current_pointer(store) is None
    assert publish(store, A_RUN.id, NOW + EXPIRY - DAY).current == A_RUN.id


def test_crash_between_pointer_and_run(store):
    """A publication that crashed halfway is completed by publishing again."""
    put_run(store, A_RUN)
    with pytest.raises(CrashError):
        publish(CrashingStore(store, A_RUN.id), A_RUN.id, NOW)
    crashed = get_run(store, A_RUN.id).state, current_pointer(store)

    pointer = publish(store, A_RUN.id, LATER)

    assert crashed == (RunState.LOADED, Pointer(A_RUN.id, None, 1, NOW, A_RUN.identity))
    assert pointer == crashed[1] == current_pointer(store)
    assert get_run(store, A_RUN.id).state is RunState.PUBLISHED


def test_crash_before_the_pointer(store):
    """Readers never see a publication that crashed before the pointer moved."""
    put_run(store, A_RUN)

    with pytest.raises(CrashError):
        publish(CrashingStore(store, "CURRENT"), A_RUN.id, NOW)

    assert current_pointer(store) is None
    assert get_run(store, A_RUN.id) == A_RUN


def test_two_publishers(store, connect):
    """If two processes publish different runs at once, one of them moves the pointer, once."""
    runs = [a_night(1), a_night(1, attempt=2)]
    for run in runs:
        put_run(store, run)
    stores = [MeetingStore(connect(), barrier) for barrier in [Barrier(2)] for _ in runs]

    def attempt(number):
        try:
            return publish(stores[number], runs[number].id, NOW + DAY)
        except ConflictError:
            return None

    with ThreadPoolExecutor(2) as pool:
        (won,) = {*pool.map(attempt, range(2))} - {None}

    assert current_pointer(store) == won
    assert won.version == 1
    states = {run.id: run.state for run in list_runs(store)}
    assert sorted(states.values()) == [RunState.LOADED, RunState.PUBLISHED]
    assert states[won.current] is RunState.PUBLISHED


class MeetingStore:
    """A store whose first put waits until the other writer is about to put as well."""

    def __init__(self, store, barrier):
        self.get = store.get
        self._store = store
        self._barrier = barrier
        self._met = False

    def put(self, item, *, expected):
        """Meet the other writer, then put."""
        if not self._met:
            self._met = True
            self._barrier.wait(timeout=60)
        self._store.put(item, expected=expected)


def test_rollback(store, clock):
    """A rollback returns to the run before, and its time moves forward."""
    first, second = publish_nights(store, 2, clock)

    pointer = rollback(store, second.planned_at + DAY)

    assert pointer == Pointer(first.id, None, 3, second.planned_at + DAY, first.identity)
    assert current_pointer(store) == pointer


def test_rollback_chain(store, clock):
    """Each rollback returns to the previous published run, down to the first."""
    runs = publish_nights(store, 4, clock)
    now = runs[-1].planned_at + DAY

    visited = [rollback(store, now).current for _ in range(3)]

    assert visited == [run.id for run in reversed(runs[:3])]
    with pytest.raises(NotPublishableError, match="no run before the current one"):
        rollback(store, now)


def test_rollback_skips_what_was_never_published(store, clock):
    """A series of rollbacks skips a run that was rejected."""
    first, second, third = publish_nights(store, 3, clock)
    put_run(store, replace(get_run(store, second.id), state=RunState.REJECTED))
    put_run(store, a_night(1, attempt=2, state=RunState.REJECTED))
    publish(store, first.id, third.planned_at)
    publish(store, third.id, third.planned_at)

    assert rollback(store, third.planned_at).current == first.id


def test_rollback_from_the_tenth_attempt(store, clock):
    """The tenth attempt at a night comes after the ninth, not between the first and the second."""
    minute = timedelta(minutes=1)
    for number in range(8, 12):
        run = replace(a_night(0, number), planned_at=NOW + number * minute)
        put_run(store, run)
        publish(store, run.id, run.planned_at)
    clock.now += DAY

    visited = [rollback(store, clock.now).current for _ in range(3)]

    assert visited == [a_night(0, number).id for number in (10, 9, 8)]


def test_rollback_does_not_return_to_the_run_it_left(store, clock):
    """After a rollback, the next one does not return to the run that was left."""
    first, second, third = publish_nights(store, 3, clock)
    publish(store, second.id, third.planned_at)

    forward = rollback(store, third.planned_at)

    assert forward == Pointer(third.id, first.id, 5, third.planned_at, third.identity)


def test_rollback_before_anything_is_published(store):
    """If no run is published, a rollback has no run to return to."""
    with pytest.raises(NotPublishableError):
        rollback(store, NOW)


def test_rollback_to_an_expired_run(store, clock):
    """Readers are not moved to a run whose forecasts have expired."""
    first, second = publish_nights(store, 2, clock)
    clock.now = first.planned_at + EXPIRY

    with pytest.raises(NotPublishableError, match="have expired"):
        rollback(store, clock.now)

    assert current_pointer(store).current == second.id


def test_catalogue(store):
    """The stations of a run are returned in the order of its parts, without lost parts."""
    run = a_night(parts=12, stations=12)
    entries = [StationEntry(a_station(id=f"S{part}"), ("pm25",)) for part in range(12)]
    items = [catalogue_item(run, part, [entry]) for part, entry in enumerate(entries)]
    store.put_many(reversed(items[:11]))

    assert get_catalogue(store, run) == entries[:11]


def test_catalogue_of_a_run_before_it_is_loaded(store):
    """A run without a stored catalogue has no stations."""
    assert get_catalogue(store, A_RUN) == []
