"""What training and feeds cost, whatever the way of hosting."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cost.additions import FEEDS, TRAINING, additions
from local.cost.comparison import compare_lookups
from local.cost.prices import read_prices
from local.cost.workload import Workload

TODAY, BOOK = read_prices("today"), read_prices("book")

workloads = st.builds(
    Workload,
    stations=st.integers(1, 200_000),
    parameters=st.integers(1, 15),
    days=st.floats(1, 31),
    trainings=st.floats(0.01, 10),
    candidates=st.integers(1, 10),
    spot_share=st.floats(0.1, 1),
    feeds=st.integers(1, 3),
    feed_seconds=st.floats(1, 900),
)


def usd_of(bill):
    """Return what each line of a bill costs."""
    return {line.what: line.usd for line in bill.lines}


def test_a_training_a_month():
    """11,000 stations with 7 parameters: less than five dollars, each line as by hand."""
    (bill,) = additions(Workload(trainings=1), TODAY)
    usd = usd_of(bill)
    # Five groups, each a task, on three executors; with the driver, four workers.
    spark_hours = 4 * (300 + 66_000 * (21.6 / 109_500 + 0.00625)) / 3600
    job_hours = 3 * (5 * 60 + 7 * 125) / 3600

    assert bill.way == TRAINING
    assert bill.usd <= 5
    assert usd["training set: vCPUs"] == pytest.approx(2 * spark_hours * 0.052624)
    assert usd["training set: memory"] == pytest.approx(6 * spark_hours * 0.0057785)
    assert usd["training jobs"] == pytest.approx(job_hours * 0.5 * 0.461)
    assert usd["their volumes"] == pytest.approx(job_hours / 720 * 30 * 0.14)
    assert usd["set: files read"] == pytest.approx((330_000 + 3 * 12 * 5 * 7 * 100) * 0.4e-6)
    assert usd["state machine"] == pytest.approx((30 * 5 + 14 + 3 * 3) * 0.000025)


def test_more_groups_than_executors():
    """120,000 stations are 48 groups on seven executors with two vCPUs: four after each other."""
    (bill,) = additions(Workload(trainings=1, stations=120_000), TODAY)
    hours = 8 * (300 + 4 * 120_000 * 30 / 48 * (21.6 / 109_500 + 0.00625)) / 3600

    assert usd_of(bill)["training set: vCPUs"] == pytest.approx(2 * hours * 0.052624)


def test_a_training_without_spot_instances():
    """It is still less than five dollars, and the jobs cost twice as much."""
    spot, plain = (
        additions(Workload(trainings=1, spot_share=share), TODAY)[0] for share in (0.5, 1.0)
    )

    assert usd_of(plain)["training jobs"] == pytest.approx(2 * usd_of(spot)["training jobs"])
    assert plain.usd <= 5


def test_two_feeds():
    """Each fetches 720 times a month, with an alarm and three metrics."""
    (bill,) = additions(Workload(feeds=2, feed_seconds=20), TODAY)
    usd = usd_of(bill)

    assert bill.way == FEEDS
    assert usd["functions: time"] == pytest.approx(1440 * 20 * 1.769 * 0.0000133334)
    assert usd["alarms"] + usd["metrics"] == pytest.approx(2.0)


@given(workload=workloads)
def test_what_is_off_costs_nothing(workload):
    """Without trainings and feeds there is no bill; neither changes what a way of hosting costs."""
    off = replace(workload, trainings=0.0, feeds=0)

    assert additions(off, TODAY) == ()
    assert [bill.way for bill in additions(replace(off, feeds=1), TODAY)] == [FEEDS]
    assert compare_lookups(workload, TODAY) == compare_lookups(off, TODAY)


@given(workload=workloads)
def test_bills_add_up(workload):
    """Every line has a price and its arithmetic, more trainings cost more, allowances save."""
    bills = additions(workload, TODAY)
    more = additions(replace(workload, trainings=2 * workload.trainings), TODAY)
    free = additions(workload, TODAY, free_tier=True)

    assert [bill.way for bill in bills] == [TRAINING, FEEDS]
    assert all(line.usd >= 0 and line.arithmetic for bill in bills for line in bill.lines)
    assert more[0].usd > bills[0].usd
    assert all(one.usd <= other.usd for one, other in zip(free, bills, strict=True))


def test_a_list_without_these_prices():
    """What has no price is named."""
    (bill,) = additions(Workload(trainings=1), BOOK)

    assert "training jobs" in bill.unpriced
