"""How long a process keeps the pointer."""

from datetime import timedelta

from forecasts.runs import rollback
from tests.api.conftest import FIRST, SECOND

JFK = "/v1/stations/JFK/forecast"


def test_a_clock_that_is_set_back(client, store, clock):
    """If the clock jumps back, the pointer is read again instead of being kept for hours."""
    before = client.get(JFK).headers["forecast-run"]
    rollback(store, clock.now)
    clock.now -= timedelta(hours=3)

    assert (before, client.get(JFK).headers["forecast-run"]) == (SECOND.id, FIRST.id)
