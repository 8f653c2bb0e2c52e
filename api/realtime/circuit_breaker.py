"""The circuit breaker around the endpoint: Powertools' own, with its state in our table.

While it is closed, every call goes through, and failures in a row are counted in memory. The fifth
opens it for every process that shares the table: no calls are made. After half a minute, one
process may try; if that call succeeds, the circuit closes for all.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    CircuitState,
    CircuitTransition,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import (
    CircuitBreakerPersistenceLayer,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence.base import (
    CircuitBreakerExistingLockError,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence.record import CircuitStateRecord

from api.errors import EndpointDownError, EndpointError
from forecasts.errors import ConflictError, StoreError
from forecasts.item import circuit_item, circuit_key, circuit_of
from forecasts.stores.protocol import Store

T = TypeVar("T")

#: Failures in a row, in one process, that open the circuit.
FAILURES = 5

#: How long a process may rely on the state it has read, in seconds.
CACHED_SECONDS = 5

#: How often an unconditional write is tried if others write at the same moment.
_ATTEMPTS = 5


class Circuit(NamedTuple):
    """The state of the circuit.

    Attributes:
        state: `closed`, `open` or `half_open`.
        opened_at: Aware UTC; None while the circuit is closed.
    """

    state: str
    opened_at: datetime | None


class Breaker:
    """Keeps calls from an endpoint that is down.

    Args:
        endpoint: Name of the endpoint; processes that ask the same one share the circuit.
        store: Holds the circuit.
        clock: Gives the aware time.
        on_change: Called with `open`, `half_open` or `closed` when this process changes the state.
        recovery_seconds: How long the circuit stays open before a process may try.
    """

    def __init__(
        self,
        endpoint: str,
        store: Store,
        clock: Callable[[], datetime],
        on_change: Callable[[str], None],
        recovery_seconds: int = 30,
    ) -> None:
        self.name = endpoint
        self._layer = StoredCircuits(store, clock)
        self._clock = clock
        self._recovery_seconds = recovery_seconds
        self._on_change = on_change
        config = CircuitBreakerConfig(
            failure_threshold=FAILURES,
            recovery_timeout=recovery_seconds,
            # Only the thread that tried may try again, and ours come from a pool, so one success
            # must be enough.
            success_threshold=1,
            handled_exceptions=EndpointDownError,
            local_cache_max_age=CACHED_SECONDS,
        )
        wrap = circuit_breaker(self.name, self._layer, None, self._changed, config)
        self._guarded = wrap(_attempt)

    def call(self, call: Callable[[], T]) -> T:
        """Call *call* unless the circuit is open.

        Raises:
            EndpointDownError: The circuit is open, or *call* raises it; then it counts.
            EndpointError: *call* raises it; other errors than the above do not count.
        """
        try:
            done: T | EndpointError = self._guarded(call)
        except CircuitBreakerOpenError as error:
            raise EndpointDownError("circuit_open", str(error)) from error
        if isinstance(done, EndpointError):
            raise done
        return done

    def circuit(self) -> Circuit:
        """Return the state of the circuit, as far as this process knows it."""
        record = self._layer.get_state(self.name)
        opened = record.opened_at
        since = None if opened is None else datetime.fromtimestamp(opened, UTC)
        return Circuit(record.state.value.lower(), since)

    def check(self) -> None:
        """Refuse a call early that `call` would refuse after waiting for a thread.

        Raises:
            EndpointDownError: The circuit is open, and no process may try yet.
        """
        record = self._layer.get_state(self.name)
        until = {
            CircuitState.OPEN: (record.opened_at or 0) + self._recovery_seconds,
            CircuitState.HALF_OPEN: record.probe_lease_expiry or 0,
        }
        if self._clock().timestamp() < until.get(record.state, 0):
            raise EndpointDownError("circuit_open", f"circuit {self.name} is {record.state}")

    def _changed(self, transition: CircuitTransition) -> None:
        self._on_change(transition.to_state.value.lower())


def _attempt(call: Callable[[], T]) -> T | EndpointError:
    """Return errors that do not mean that the endpoint is down, so that they do not count."""
    try:
        return call()
    except EndpointDownError:
        raise
    except EndpointError as error:
        return error


class StoredCircuits(CircuitBreakerPersistenceLayer):
    """Keeps circuits in our store, with conditional writes, so that only one process tries.

    Args:
        store: Holds the circuits.
        clock: Gives the aware time.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._clock = clock

    def _get_record(self, name: str) -> CircuitStateRecord | None:
        return self._read(name)[0]

    def _put_record(
        self,
        record: CircuitStateRecord,
        condition: str | None = None,
        expected_opened_at: int | None = None,
    ) -> None:
        if condition is None:
            self._update_record(record)
            return
        try:
            before, version = self._read(record.name)
            if not _may_try(before, expected_opened_at, self._clock()):
                raise CircuitBreakerExistingLockError
            self._write(record, version)
        except StoreError as error:
            raise CircuitBreakerExistingLockError from error

    def _update_record(self, record: CircuitStateRecord) -> None:
        for _ in range(_ATTEMPTS - 1):
            try:
                self._write(record, self._read(record.name)[1])
            except ConflictError:
                continue
            return
        self._write(record, self._read(record.name)[1])

    def _read(self, name: str) -> tuple[CircuitStateRecord | None, int]:
        item = self._store.get(circuit_key(name))
        if item is None:
            return None, 0
        fields = circuit_of(item)
        state = CircuitState(fields.pop("state"))
        return CircuitStateRecord(name, state, **fields), item.version or 0

    def _write(self, record: CircuitStateRecord, version: int) -> None:
        fields = asdict(record)
        name, expires_at = fields.pop("name"), fields["expiry_timestamp"]
        self._store.put(circuit_item(name, fields, version + 1, expires_at), expected=version)


def _may_try(before: CircuitStateRecord | None, opened_at: int | None, now: datetime) -> bool:
    if before is None:
        return False
    if before.state is CircuitState.OPEN:
        return before.half_open_owner is None and before.opened_at == opened_at
    lapsed = (before.probe_lease_expiry or 0) <= now.timestamp()
    return before.state is CircuitState.HALF_OPEN and lapsed
