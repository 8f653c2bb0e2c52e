"""The circuit breaker, with its state in a store of each kind."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from api.errors import BadAnswerError, EndpointDownError, EndpointError
from api.realtime import circuit_breaker as module
from api.realtime.circuit_breaker import FAILURES, Breaker
from forecasts.errors import ConflictError, StoreError
from forecasts.item import circuit_item
from tests.circuits import let_time_pass

#: Longer than any test.
RECOVERY_SECONDS = 3600


def now():
    """Return the time: Powertools looks at the real clock."""
    return datetime.now(UTC)  # noqa: TID251


def down():
    """Fail as an endpoint that is down."""
    raise EndpointDownError("endpoint_timeout", "no answer")


def odd():
    """Fail as an endpoint that is up."""
    raise BadAnswerError("not JSON")


def well():
    """Succeed."""
    return "answer"


@pytest.fixture
def clock():
    """The real clock, which the test cannot move."""
    return now


@pytest.fixture
def changes():
    """The changes of the circuit that the breakers reported."""
    return []


@pytest.fixture
def a_breaker(connect, clock, changes, monkeypatch):
    """A function that makes a breaker of one circuit, on its own connection."""
    # The state that was read is not cached, so that a test need not wait for it.
    monkeypatch.setattr(module, "CACHED_SECONDS", 0)
    name = f"test-{uuid.uuid4().hex}"
    return lambda: Breaker(name, connect(), clock, changes.append, RECOVERY_SECONDS)


@pytest.fixture
def recover(connect):
    """A function that lets the recovery time of an open circuit pass."""

    def passed(breaker):
        let_time_pass(connect(), breaker.name, RECOVERY_SECONDS)
        breaker.check()

    return passed


def fail(breaker, times=FAILURES):
    """Let *times* calls fail."""
    for _ in range(times):
        with pytest.raises(EndpointDownError, match="no answer"):
            breaker.call(down)


def test_closed(a_breaker, changes):
    """At first the circuit is closed: calls are made and return their results."""
    breaker = a_breaker()
    breaker.check()

    assert breaker.call(well) == "answer"
    assert breaker.circuit() == ("closed", None)
    assert changes == []


def test_failures_in_a_row_open_it(a_breaker, changes):
    """The fifth failure in a row opens the circuit, and calls stop."""
    breaker = a_breaker()
    fail(breaker, FAILURES - 1)
    breaker.call(well)
    fail(breaker)
    called = []
    for refuse in (lambda: breaker.call(lambda: called.append(1)), breaker.check):
        with pytest.raises(EndpointDownError) as refused:
            refuse()

        assert refused.value.reason == "circuit_open"
    assert called == []
    assert breaker.circuit().state == "open"
    assert now() - breaker.circuit().opened_at < timedelta(minutes=1)
    assert changes == ["open"]


def test_what_an_endpoint_answers_does_not_open_it(a_breaker, changes):
    """An unusable answer does not open the circuit, because the endpoint is up."""
    breaker = a_breaker()
    for _ in range(2 * FAILURES):
        with pytest.raises(EndpointError, match="not JSON"):
            breaker.call(odd)

    assert breaker.circuit().state == "closed"
    assert changes == []


def test_other_processes_know(a_breaker):
    """A circuit that one process has opened is open for other processes too."""
    fail(a_breaker())
    other = a_breaker()
    with pytest.raises(EndpointDownError, match="open"):
        other.call(well)

    assert other.circuit().state == "open"


def test_recovery_closes_it(a_breaker, changes, recover):
    """After the recovery time one call is let through; if it succeeds, the circuit closes."""
    breaker, other = a_breaker(), a_breaker()
    fail(breaker)
    recover(breaker)

    assert other.call(well) == "answer"
    assert breaker.circuit() == ("closed", None)
    assert breaker.call(well) == "answer"
    assert changes == ["open", "half_open", "closed"]


def test_a_failed_recovery_opens_it_again(a_breaker, changes, recover):
    """If the call that is let through fails, calls stop for another recovery time."""
    breaker = a_breaker()
    fail(breaker)
    recover(breaker)
    fail(breaker, 1)
    with pytest.raises(EndpointDownError):
        breaker.check()

    assert changes == ["open", "half_open", "open"]


def test_only_one_may_try(a_breaker, recover):
    """While one process tries a call, the others are refused."""
    breaker, other = a_breaker(), a_breaker()
    fail(breaker)
    recover(breaker)

    def try_meanwhile():
        for refuse in (partial(other.call, well), other.check):
            with pytest.raises(EndpointDownError):
                in_another_thread(refuse)
        return other.circuit().state

    assert breaker.call(try_meanwhile) == "half_open"


def in_another_thread(call):
    """Call *call* as another process would."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def test_a_process_that_dies_while_trying_is_replaced(a_breaker, connect):
    """If a process dies while it tries, another one may try after the recovery time."""
    name, store = a_breaker().name, connect()
    opened = int(now().timestamp()) - 60
    fields = {"state": "HALF_OPEN", "half_open_owner": "dead", "opened_at": opened}
    fields["probe_lease_expiry"] = opened + 30
    store.put(circuit_item(name, fields, 1, None), expected=0)
    breaker = a_breaker()
    breaker.check()

    assert breaker.call(well) == "answer"
    assert breaker.circuit().state == "closed"


class Racing:
    """A store in which something else happens right after its second read."""

    def __init__(self, store, happens):
        self._store = store
        self._reads = iter([None, happens])

    def get(self, key):
        """Read, then run the other event."""
        item = self._store.get(key)
        happens = next(self._reads, None)
        if happens:
            happens(item)
        return item

    def put(self, item, *, expected):
        """Write."""
        self._store.put(item, expected=expected)


def test_one_of_two_wins(a_breaker, connect, recover):
    """If two processes read the same open circuit, the store lets only one of them try."""
    breaker = a_breaker()
    fail(breaker)
    recover(breaker)
    racing = Racing(connect(), lambda _item: in_another_thread(partial(breaker.call, well)))
    loser = Breaker(breaker.name, racing, now, str, RECOVERY_SECONDS)
    with pytest.raises(EndpointDownError) as refused:
        loser.call(well)

    assert refused.value.reason == "circuit_open"
    assert breaker.circuit().state == "closed"


def test_a_circuit_opens_although_another_writes(a_breaker, connect):
    """A concurrent write by another process does not keep the circuit from opening."""
    name, store = a_breaker().name, connect()

    def write(item):
        fields = {"state": "CLOSED", "failure_count": 0}
        version = item.version if item else 0
        store.put(circuit_item(name, fields, version + 1, None), expected=version)

    breaker = Breaker(name, Racing(store, write), now, str)
    fail(breaker)

    assert a_breaker().circuit().state == "open"


class Failing:
    """A store that is down."""

    def get(self, _key):
        """Fail."""
        raise StoreError("no table")

    def put(self, _item, *, expected):
        """Fail."""
        raise StoreError(f"no table, {expected}")


class ReadOnly(Racing):
    """A store in which another process always writes first."""

    def put(self, item, *, expected):
        """Lose."""
        raise ConflictError(*item.key, expected)


def test_a_store_that_cannot_be_written_opens_nothing(connect, changes, caplog):
    """If the open circuit cannot be written, the failures stay counted and calls go on."""
    breaker = Breaker(f"test-{uuid.uuid4().hex}", ReadOnly(connect(), None), now, changes.append)
    fail(breaker, FAILURES + 1)

    assert breaker.circuit().state == "closed"
    assert "persistence write" in caplog.text


def test_no_process_tries_while_the_store_fails(a_breaker, connect, recover):
    """A process that cannot write down that it tries does not try."""
    breaker = a_breaker()
    fail(breaker)
    recover(breaker)
    store = ReadOnly(connect(), None)
    with pytest.raises(EndpointDownError, match="open"):
        Breaker(breaker.name, store, now, str, RECOVERY_SECONDS).call(well)


def test_no_process_tries_an_expired_circuit(a_breaker, connect, recover):
    """If a circuit expires before it is tried, this call is refused; the next finds it closed."""
    breaker = a_breaker()
    fail(breaker)
    recover(breaker)
    store = Vanishing(connect())
    with pytest.raises(EndpointDownError, match="open"):
        Breaker(breaker.name, store, now, str, RECOVERY_SECONDS).call(well)

    assert Breaker(breaker.name, store, now, str, RECOVERY_SECONDS).call(well) == "answer"


class Vanishing:
    """A store whose item expires after the first read."""

    def __init__(self, store):
        self._store = store
        self._read = False

    def get(self, key):
        """Read once."""
        item = None if self._read else self._store.get(key)
        self._read = True
        return item


def test_a_store_that_is_down_opens_nothing(changes, caplog):
    """The breaker must not be the outage: without its store every call is made."""
    breaker = Breaker(f"test-{uuid.uuid4().hex}", Failing(), now, changes.append)
    fail(breaker, FAILURES + 1)

    assert breaker.call(well) == "answer"
    assert breaker.circuit().state == "closed"
    assert "failing open" in caplog.text
