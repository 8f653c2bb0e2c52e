"""The costs of hosting: the book's comparison, today's, and properties of any workload."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from local.cost.comparison import compare_contexts, compare_lookups
from local.cost.curves import curves_of
from local.cost.prices import read_prices
from local.cost.ways import (
    ALWAYS_ON,
    ASYNC,
    EACH_MODEL,
    IN_LAMBDA,
    LOOKUP_WAYS,
    MULTI_MODEL,
    PRECOMPUTED,
    SCALED,
    SERVERLESS,
)
from local.cost.workload import DAY, Workload

TODAY, BOOK = read_prices("today"), read_prices("book")

#: 11,000 stations and 7 parameters: an endpoint of an ml.m5.2xlarge, or three minutes of an
#: ml.m5.4xlarge each night of a month of 30.
THE_BOOKS = Workload(
    lookups=(0.0,) * 24,
    contexts=(0.0,) * 24,
    endpoint_instance="ml.m5.2xlarge",
    transform_instance="ml.m5.4xlarge",
    transform_minutes=3,
)

hourly = st.lists(st.floats(0, 1e6), min_size=24, max_size=24).map(tuple)
workloads = st.builds(
    Workload,
    stations=st.integers(1, 200_000),
    parameters=st.integers(1, 15),
    runs=st.floats(0, 24),
    lookups=hourly,
    contexts=hourly,
    burst=st.floats(1, 10),
    context_ms=st.floats(0.1, 30_000),
    request_bytes=st.floats(1, 5e6),
    endpoint_instance=st.sampled_from(["ml.m5.large", "ml.c5.4xlarge", "ml.g5.xlarge"]),
    min_instances=st.integers(1, 5),
    variants=st.integers(1, 2),
    async_idle_minutes=st.floats(0.1, 60),
    models=st.integers(0, 2000),
)


def line_of(bill, what):
    """Return the line of a bill about *what*."""
    (found,) = (line for line in bill.lines if line.what == what)
    return found


def evenly(count):
    """Return *count* requests a day, spread over the typical curve."""
    return tuple(count * share for share in DAY)


def test_the_book():
    """At the book's prices, the endpoint costs $387 a month and batch transform $1.61."""
    compared = compare_lookups(THE_BOOKS, BOOK)

    assert round(compared.bill(ALWAYS_ON).usd, 2) == 387.36
    assert round(compared.bill(PRECOMPUTED).usd, 2) == 1.61
    assert "table: forecasts and histories" in compared.bill(PRECOMPUTED).unpriced
    assert compared.cheapest is None


def test_the_books_comparison_today():
    """The same instances cost $331.92 and $1.38 today, and other lines are counted too."""
    compared = compare_lookups(THE_BOOKS, TODAY)
    precomputed = compared.bill(PRECOMPUTED)

    assert round(line_of(compared.bill(ALWAYS_ON), "instances").usd, 2) == 331.92
    assert round(line_of(precomputed, "transform").usd, 2) == 1.38
    assert 1.38 < precomputed.usd < 4
    assert not precomputed.unpriced


def test_lines_by_hand():
    """A million lookups a month are priced like on AWS's pages."""
    workload = Workload(lookups=(1e6 / 30 / 24,) * 24, api_ms=20, api_gb=0.5)
    bill = compare_lookups(workload, TODAY).bill(PRECOMPUTED)
    expected = {
        "API": 1.00,
        "API's function: requests": 0.20,
        "API's function: time": 1e6 * 0.02 * 0.5 * 0.0000133334,
        "table: reads": 0.5 * 0.125,
        "table: forecasts and histories": 11_000 * 3 * 30 * 0.625e-6,
        "transform": 30 * 0.1 * 0.23,
        "state machine": 30 * (18 + 12 * 11) * 0.000025,
    }

    for what, usd in expected.items():
        assert line_of(bill, what).usd == pytest.approx(usd)


def test_instances_follow_the_busiest_minute():
    """Workers are no busier than allowed; a scaled endpoint has fewer instances at night."""
    # 100 requests a second x 0.05 s need 5 busy workers; an instance has 2 x 0.5.
    busy = (1800 * 100.0,) + (0.0,) * 23
    workload = Workload(contexts=busy, burst=2, context_ms=50, utilisation=0.5)
    compared = compare_contexts(workload, TODAY)

    assert line_of(compared.bill(ALWAYS_ON), "instances").quantity == 5 * 720
    assert line_of(compared.bill(SCALED), "instances").quantity == (5 + 23) * 30


def test_an_asynchronous_endpoint_stops_without_requests():
    """Rare requests keep it up for ten minutes each; frequent ones keep it up all the time."""
    rare, often = (
        compare_contexts(Workload(contexts=(count,) * 24), TODAY).bill(ASYNC)
        for count in (0.1, 1000.0)
    )

    assert line_of(rare, "instances").quantity == pytest.approx(0.1 * 720 / 6, rel=0.01)
    assert line_of(often, "instances").quantity == pytest.approx(720)


def test_many_models_share_an_endpoint():
    """Seven models on one endpoint cost a seventh of seven endpoints, if memory is sufficient."""
    workload = Workload(contexts=(0.0,) * 24)
    compared = compare_contexts(workload, TODAY)
    # 8 GB x 0.8 hold 131 models of 50 MB.
    full = compare_contexts(replace(workload, models=300), TODAY)

    assert compared.bill(EACH_MODEL).usd == pytest.approx(7 * compared.bill(MULTI_MODEL).usd)
    assert line_of(full.bill(MULTI_MODEL), "instances").quantity == 3 * 720


def test_every_variant_is_paid_for():
    """Two production variants need twice the instances."""
    one, two = (compare_contexts(Workload(variants=n), TODAY).bill(ALWAYS_ON) for n in (1, 2))

    assert line_of(two, "instances").usd == 2 * line_of(one, "instances").usd
    assert "2 variants x" in line_of(two, "instances").arithmetic


def test_free_allowances():
    """They are deducted once in a bill, and a line says so."""
    workload = Workload(contexts=evenly(20_000))
    paid = compare_contexts(workload, TODAY).bill(IN_LAMBDA)
    free = compare_contexts(workload, TODAY, free_tier=True).bill(IN_LAMBDA)
    # Two functions with 600,000 requests each share the free million.
    requests = [line for line in free.lines if line.what.endswith("requests")]

    assert free.usd < paid.usd
    assert sum(line.usd for line in requests) == pytest.approx(0.2 * 0.2)
    assert requests[0].usd == 0
    assert "400,000 of them free" in requests[1].arithmetic


@pytest.mark.parametrize(
    ("fields", "way", "reason"),
    [
        ({"endpoint_instance": "ml.p3.2xlarge"}, ALWAYS_ON, "endpoints cannot use ml.p3.2xlarge"),
        ({"endpoint_instance": "ml.eia2.medium"}, SCALED, "withdrawn by AWS"),
        ({"endpoint_instance": "ml.p2.xlarge"}, ASYNC, "no longer offered in any region"),
        ({"endpoint_instance": "ml.g5.xlarge"}, SERVERLESS, "no accelerator"),
        ({"endpoint_instance": "ml.g5.xlarge"}, IN_LAMBDA, "no accelerator"),
        ({"endpoint_instance": "ml.inf2.xlarge"}, MULTI_MODEL, "not on Inferentia"),
        ({"transform_instance": "ml.c5.large"}, PRECOMPUTED, "does not run on ml.c5.large"),
        ({"transform_instance": "ml.inf2.xlarge"}, PRECOMPUTED, "does not run on ml.inf2"),
        ({"request_bytes": 5e6}, SERVERLESS, "takes at most 4,194,304"),
        ({"request_bytes": 7e6}, EACH_MODEL, "takes at most 6,291,456"),
        ({"response_bytes": 7e6}, IN_LAMBDA, "takes at most 6,291,456"),
        ({"request_bytes": 2e9}, ASYNC, "takes at most 1,073,741,824"),
        ({"context_ms": 31_000}, ALWAYS_ON, "gives up after 30,000"),
        ({"context_ms": 4e6}, ASYNC, "gives up after 3,600,000"),
        ({"serverless_gb": 7}, SERVERLESS, "there are 1 to 6"),
        ({"variants": 2}, SERVERLESS, "one variant"),
        ({"lookups": (3.6e6,) * 24, "context_ms": 200}, SERVERLESS, "takes at most 200"),
        ({"lambda_gb": 11}, IN_LAMBDA, "at most 10.24"),
    ],
)
def test_impossible_ways(fields, way, reason):
    """An impossible way has a reason and no costs."""
    bill = compare_lookups(Workload(**fields), TODAY).bill(way)

    assert reason in bill.refused
    assert not bill.lines
    assert not bill.compares


def test_a_way_with_a_caveat_is_not_the_cheapest():
    """An asynchronous endpoint is not chosen, even if it costs least."""
    workload = Workload(contexts=(0.001,) * 24, endpoint_instance="ml.g5.xlarge")
    compared = compare_contexts(workload, TODAY)

    assert compared.bill(ASYNC).usd < compared.cheapest.usd
    assert compared.cheapest.way == ALWAYS_ON


def test_no_possible_way():
    """If no comparable way is possible, there is no cheapest one."""
    assert compare_contexts(Workload(context_ms=40_000), TODAY).cheapest is None


@given(workload=workloads)
def test_bills_add_up(workload):
    """No line is negative, each has its arithmetic, and the lines add up to the sum."""
    for compare in (compare_lookups, compare_contexts):
        for bill in compare(workload, TODAY).bills:
            shown = bill.to_json()

            assert all(line.quantity > 0 and line.usd >= 0 for line in bill.lines)
            assert all(line.arithmetic for line in bill.lines)
            assert bill.refused or shown["usd"] == pytest.approx(
                sum(line["usd"] for line in shown["lines"]), abs=1e-6
            )


@given(workload=workloads, factor=st.floats(1, 20))
def test_more_requests_never_cost_less(workload, factor):
    """More requests cost at least as much, as long as a way is possible."""
    few = compare_lookups(workload, TODAY)
    more_lookups = tuple(count * factor for count in workload.lookups)
    many = compare_lookups(replace(workload, lookups=more_lookups), TODAY)

    for fewer, more in zip(few.bills, many.bills, strict=True):
        assert more.refused or more.usd >= fewer.usd * (1 - 1e-9)


@given(workload=workloads)
def test_scaling_saves_instances_and_allowances_save_money(workload):
    """Scaling never needs more instance hours; no bill is higher with free allowances."""
    plain = compare_contexts(workload, TODAY)
    free = compare_contexts(workload, TODAY, free_tier=True)
    assume(not plain.bill(SCALED).refused)
    always, scaled = (line_of(plain.bill(way), "instances").quantity for way in (ALWAYS_ON, SCALED))

    assert scaled <= always * (1 + 1e-9)
    assert all(a.usd <= b.usd for a, b in zip(free.bills, plain.bills, strict=True))


def test_curves():
    """Each way has a curve; at a break-even point both ways cost the same."""

    def compare(requests):
        return compare_lookups(Workload(lookups=evenly(requests / 30)), TODAY)

    curves = curves_of(compare, 1e4, 1e8)
    (at,) = curves.break_evens
    below, above = (compare(at.requests).bill(way).usd for way in (at.below, at.above))

    assert list(curves.usd) == [way.name for way in LOOKUP_WAYS]
    assert (at.below, at.above) == (IN_LAMBDA, PRECOMPUTED)
    assert below == pytest.approx(above, rel=1e-5)
    assert at.to_json()["requests_a_month"] == pytest.approx(at.requests, rel=1e-3)
    assert curves.requests[0] == 1e4
    assert curves.requests[-1] == pytest.approx(1e8)
