"""The search for the cheapest policy that keeps a promise."""

import numpy as np
import pytest

from batch_jobs.progress import quiet
from local.errors import ScalingError
from local.scaling.policy import Policy, Scaling
from local.scaling.search import Promise, search
from local.scaling.simulation import Demand, percentile_ms, simulate
from tests.local.scaling.days import HOUR, PLAIN, demand_of


def found(demand, *scalings, p99_ms=500, hosting=PLAIN):
    """Search among ways of scaling."""
    return search(demand, hosting, Promise(p99_ms), scalings, quiet, Policy())


def test_the_cheapest_policy():
    """It keeps the promise, and no cheaper policy of the same kind does."""
    demand = demand_of((HOUR, 2 * HOUR, 300), (8 * HOUR, 10 * HOUR, 900), (12 * HOUR, 86_000, 30))
    best = found(demand, Scaling.INVOCATIONS, Scaling.NONE)
    again = simulate(demand, best.day.policy, PLAIN)
    cheaper = [
        Policy(min_instances=least, max_instances=10, target=target)
        for least in (1, 2)
        for target in (240, 420, 540)
    ]
    kept = [
        day.usd
        for day in (simulate(demand, policy, PLAIN) for policy in cheaper)
        if percentile_ms(day.latencies, 99) <= 500
    ]

    assert percentile_ms(again.latencies, 99) <= 500
    assert again.usd == best.day.usd
    assert again.most == best.day.policy.max_instances
    assert best.day.usd <= min(kept) + 1e-9


def test_a_quiet_day_needs_one_instance():
    """No scaling is cheaper than one instance."""
    best = found(demand_of((0, 86_000, 10)), Scaling.NONE, Scaling.INVOCATIONS)

    assert best.day.usd == 24
    assert best.day.policy.max_instances == 1


def test_searching_among_latencies():
    """Policies on latency are tried as long as they can be cheaper than the best one."""
    demand = demand_of((HOUR, 3 * HOUR, 900))
    steady = found(demand, Scaling.NONE)
    stepped = found(demand, Scaling.LATENCY, p99_ms=30_000)
    both = found(demand, Scaling.NONE, Scaling.LATENCY)

    assert steady.day.policy.min_instances == 2
    assert stepped.day.policy.scaling is Scaling.LATENCY
    assert both.day.usd <= steady.day.usd


def test_an_impossible_promise():
    """If service alone takes longer, no policy helps."""
    with pytest.raises(ScalingError, match="no policy up to 10 instances"):
        found(demand_of((0, HOUR, 60)), Scaling.NONE, Scaling.INVOCATIONS, p99_ms=50)


def test_policies_that_cannot_be_deployed():
    """Concurrency is refused before anything is tried."""
    with pytest.raises(ScalingError, match="no parameter"):
        found(demand_of((0, HOUR, 60)), Scaling.CONCURRENCY)


def test_searching_a_day_without_requests():
    """One instance keeps any promise."""
    best = found(Demand(np.empty(0), np.empty(0)), Scaling.INVOCATIONS)

    assert best.day.usd == 24
