"""Queues in front of workers agree with queueing theory and with results by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.scaling.fleet import Fleet, Routing
from tests.local.scaling.queueing_theory import crommelin, erlang, mean_wait

#: Enough requests for a mean wait within 2 %; more for service times that vary.
MANY, ARRIVALS = 1_500_000, 500_000


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.7), (2, 0.7), (4, 0.7), (8, 0.7)])
def test_exponential_service(servers, busy):
    """The mean wait of M/M/c is Erlang's, within 2 %."""
    services = np.random.default_rng(1).exponential(1, MANY)
    load = servers * busy

    assert mean_wait(servers, load, services, 2) == pytest.approx(erlang(servers, load), rel=0.02)


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.7), (2, 0.7), (4, 0.8), (8, 0.8)])
def test_constant_service(servers, busy):
    """The mean wait of M/D/c is Crommelin's, within 2 %."""
    load = servers * busy
    waited = mean_wait(servers, load, np.ones(ARRIVALS), 3)

    assert waited == pytest.approx(crommelin(servers, load), rel=0.02)


def test_one_worker():
    """With one worker the formulas give the well-known a / (1 - a), and half of it."""
    assert erlang(1, 0.8) == pytest.approx(4)
    assert crommelin(1, 0.8) == pytest.approx(2)


def test_random_routing():
    """Two instances chosen at random are two separate queues."""
    random = np.random.default_rng(4)
    arrivals = np.cumsum(random.exponential(1 / 1.4, ARRIVALS))
    fleet = Fleet(1, ARRIVALS, Routing.RANDOM, 4)
    fleet.resize(2, 0)
    fleet.serve(arrivals, np.ones(ARRIVALS))

    assert np.mean(fleet.latencies) - 1 == pytest.approx(crommelin(1, 0.7), rel=0.02)


def served(fleet, *requests):
    """Serve (arrival, service) requests; return all latencies so far."""
    fleet.serve(*np.array(requests, float).T)
    return fleet.latencies


def test_by_hand():
    """With two workers, the third request waits for the worker that is free first."""
    fleet = Fleet(2, 10, Routing.RANDOM, 1)
    fleet.resize(1, 0)

    assert served(fleet, (0, 4), (1, 2), (2, 1), (2, 1)) == [4, 2, 2, 3]


def test_least_outstanding():
    """The instance with fewer unanswered requests gets the next one, however long they take."""
    fleet = Fleet(1, 10, Routing.LEAST_OUTSTANDING, 1)
    fleet.resize(2, 0)

    # At 3 both instances have one request; the first is chosen, although it is busy until 9.
    latencies = served(fleet, (0, 9), (1, 1), (2.5, 1), (3, 1), (3.25, 1))

    assert latencies == [9, 1, 1, 7, 1.25]


def test_a_full_queue():
    """A request is rejected if the queue is full; a later one is not."""
    fleet = Fleet(1, 1, Routing.RANDOM, 1)
    fleet.limit = 1.5
    fleet.resize(1, 0)

    assert served(fleet, (0, 1), (0, 1), (0, 1), (1, 1)) == [1, 2, math.inf, 2]
    assert fleet.over == 3


def test_new_instances_take_new_requests():
    """A waiting request stays at its instance, which finishes its queue before it goes."""
    fleet = Fleet(1, 10, Routing.LEAST_OUTSTANDING, 1)
    fleet.resize(1, 0)
    served(fleet, (0, 5), (0, 5))
    fleet.resize(2, 1)
    served(fleet, (2, 1))
    fleet.resize(1, 2)

    assert served(fleet, (2, 1)) == [5, 10, 1, 9]
    assert fleet.in_flight() == 4

    fleet.settle(10)

    assert fleet.answered() == [1, 5, 10]
    assert fleet.answered() == []
    assert fleet.in_flight() == 1


@given(
    gaps=st.lists(st.floats(0, 5), min_size=1, max_size=50),
    service=st.floats(0.01, 5),
    workers=st.integers(1, 4),
    room=st.integers(0, 5),
    routing=st.sampled_from(Routing),
)
def test_latencies_are_within_bounds(gaps, service, workers, room, routing):
    """Each latency is between the service time and the time behind a full queue."""
    fleet = Fleet(workers, room, routing, 1)
    fleet.resize(2, 0)
    fleet.serve(np.cumsum(gaps), np.full(len(gaps), service))
    longest = service * (1 + math.ceil((room + workers) / workers))

    assert len(fleet.latencies) == len(gaps)
    for latency in fleet.latencies:
        assert math.isinf(latency) or service * 0.999 <= latency <= longest * 1.001
