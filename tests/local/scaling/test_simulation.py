"""Simulated days: traffic, alarms, instances, cost."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.errors import ScalingError
from local.scaling.policy import Policy, Scaling
from local.scaling.simulation import (
    Demand,
    draw_services,
    percentile_ms,
    simulate,
    simulate_instances,
    simulate_while,
)
from local.scaling.tables import day_json, hours_of
from local.scaling.traffic import Peak, curve
from tests.local.scaling.days import HOUR, PLAIN, demand_of


def counts(day):
    """Return the changes of a day as (time, serving, paid)."""
    return [tuple(change) for change in day.changes]


def test_service_times():
    """They are drawn from measured ones, which must be greater than 0."""
    drawn = draw_services([0.01, 0.03], 1000, 1)

    assert set(drawn) == {0.01, 0.03}
    assert (draw_services([0.02], 3, 1) == 0.02).all()
    for wrong in ([], [0.0], [math.nan], [math.inf]):
        with pytest.raises(ScalingError, match="seconds above 0"):
            draw_services(wrong, 1, 1)


def test_target_tracking_by_hand():
    """Enough instances serve after three minutes, the metric's delay and the start."""
    demand = demand_of((HOUR, 2 * HOUR, 150))
    policy = Policy(max_instances=5, target=100)
    day = simulate(demand, policy, PLAIN)
    # The third minute over the target ends at 3780, is known at 3840, and two instances serve from
    # 4140 on. Then 75 a minute per instance are under 90 for 15 minutes, but 150 a minute need two
    # instances. The first minute without requests is known at 7320.
    expected = [(0, 1, 1), (3840, 1, 2), (4140, 2, 2), (7320, 1, 1)]

    assert counts(day) == expected
    assert day.usd == pytest.approx(24 + (7320 - 3840) / HOUR)
    assert day.most == 2
    assert day.mean("serving", HOUR, 2 * HOUR) == pytest.approx(1 + (7200 - 4140) / HOUR)
    assert counts(simulate_instances(demand, policy, PLAIN)) == expected


def test_tracking_never_leaves_its_bounds():
    """The number of instances stays within its bounds, whatever the load needs."""
    demand = demand_of((HOUR, 2 * HOUR, 1000), service=0.01)
    day = simulate(demand, Policy(min_instances=2, max_instances=3, target=100), PLAIN)

    assert {change.serving for change in day.changes} == {2, 3}


def test_latency_steps_by_hand():
    """Two of three minutes with a slow p90 add half of the instances, at least one."""
    # 12 requests a second of 0.1 s each: the queue grows, and 200 ms are soon exceeded.
    demand = demand_of((HOUR, HOUR + 1800, 720))
    policy = Policy(scaling=Scaling.LATENCY, max_instances=3, target=200, scale_in_cooldown=600)
    day = simulate(demand, policy, PLAIN)
    # The second minute ends at 3720 and is known at 3780; the instance serves from 4080 on, and the
    # queue is soon empty. Each removal waits for the cool-down.
    assert counts(day)[:3] == [(0, 1, 1), (3780, 1, 2), (4080, 2, 2)]
    assert counts(day)[-1][1] == 1
    assert percentile_ms(day.latencies, 99) > 1000


def test_concurrency_reacts_within_a_minute():
    """Its points come every ten seconds, so that three points are soon over the target."""
    demand = demand_of((HOUR, HOUR + 1800, 900), service=1.0)
    policy = Policy(scaling=Scaling.CONCURRENCY, max_instances=10, target=2)
    first = simulate(demand, policy, PLAIN).changes[1]

    assert HOUR < first.time < HOUR + 120
    with pytest.raises(ScalingError, match="depends on how long requests take"):
        simulate_instances(demand, policy, PLAIN)


def test_no_scaling():
    """The number of instances is the same all day."""
    demand = demand_of((0, HOUR, 600))
    day = simulate(demand, Policy(scaling=Scaling.NONE, min_instances=2), PLAIN)

    assert counts(day) == [(0, 2, 2)]
    assert day.usd == 48


def test_a_day_without_requests():
    """It costs the minimum of instances, and has no latencies."""
    day = simulate(Demand(np.empty(0), np.empty(0)), Policy(), PLAIN)

    assert day.usd == 24
    assert math.isnan(percentile_ms(day.latencies, 50))
    assert len(day.latencies) == 0


def test_hours():
    """Hours add up to the day; rejected requests are late, and have no latency."""
    demand = demand_of((HOUR, HOUR + 600, 1200))
    day = simulate(demand, Policy(max_instances=4, target=100), PLAIN)
    *hours, whole = hours_of(day, 2.0)

    assert len(hours) == 24
    assert sum(hour.requests for hour in hours) == whole.requests == len(demand.arrivals)
    assert sum(hour.usd for hour in hours) == pytest.approx(whole.usd) == pytest.approx(day.usd)
    assert whole.late >= whole.rejected > 0
    assert sum(hour.late for hour in hours) == whole.late
    assert whole.to_json()["p99_ms"] is None
    assert day_json(day, [*hours, whole])["hours"][1]["requests"] == hours[1].requests


def test_percentiles_are_not_interpolated():
    """A percentile is not interpolated between an answer and a rejection."""
    assert percentile_ms(np.array([0.1, 0.2, math.inf]), 50) == pytest.approx(200)
    assert percentile_ms(np.array([0.1, 0.2, math.inf]), 51) == math.inf


def test_a_day_that_is_stopped():
    """A day stops once too many requests are slow, and is the same day otherwise."""
    demand = demand_of((HOUR, 2 * HOUR, 700))
    policy = Policy(scaling=Scaling.NONE)
    whole = simulate(demand, policy, PLAIN)
    slow = int((whole.latencies > 0.3).sum())

    assert simulate_while(demand, policy, PLAIN, limit=0.3, most_over=slow - 1) is None
    assert simulate_while(demand, policy, PLAIN, limit=0.3, most_over=slow).usd == whole.usd


@settings(max_examples=10)
@given(
    requests=st.floats(100, 30_000),
    service=st.floats(0.01, 1),
    scaling=st.sampled_from(Scaling),
    target=st.floats(1, 500),
    least=st.integers(1, 3),
    more=st.integers(0, 4),
)
def test_any_day(requests, service, scaling, target, least, more):
    """Every request has a latency, instances stay within bounds, and cost is their time."""
    arrivals = curve(requests, [Peak(600, 5, 30)]).arrivals(1)
    demand = Demand(arrivals, draw_services([service], len(arrivals), 1))
    policy = Policy(scaling=scaling, min_instances=least, max_instances=least + more, target=target)
    day = simulate(demand, policy, PLAIN)

    assert len(day.latencies) == len(arrivals)
    assert (day.latencies >= service * 0.999).all()
    assert all(least <= change.serving <= change.paid <= least + more for change in day.changes)
    assert day.usd == pytest.approx(day.mean("paid") * 24)
    assert 24 * least <= day.usd <= 24 * (least + more)
