"""The textbook's night: how figures are made of nights."""

import pytest

from bench.growth import BASE
from bench.growth import figures_of as growth_figures
from bench.harness.night import REST, MeasuredNight
from bench.harness.watched_process import Cost
from bench.peers.feast import Materialized
from bench.textbook_night import OURS, STATIONS, TEXTBOOK, Compared, figures_of


def a_night(wall, cpu, peak, **states):
    """Return a measured night."""
    costs = {name: Cost(seconds, seconds, peak // 2) for name, seconds in states.items()}
    report = {"write_units": 35_000.0}
    return MeasuredNight(Cost(wall, cpu, peak), {**costs, REST: Cost(0.5, 0.0, 0)}, report)


def some_figures(stations):
    """Return the figures of two rounds, by name: 1/10 and 1/6 of the textbook's time."""
    nights = {
        OURS: [
            a_night(10.0, 18.0, 500_000_000, Transform=2.0),
            a_night(12.0, 18.0, 600_000_000, Transform=4.0),
        ],
        TEXTBOOK: [
            a_night(100.0, 90.0, 3_000_000_000, Write=80.0),
            a_night(72.0, 90.0, 2_000_000_000, Write=60.0),
        ],
    }
    feast = Materialized(9.0, Cost(8.0, 7.0, 300_000_000))
    figures = figures_of(nights, stations, Compared(1000, 2), feast)
    return {figure.name: figure for figure in figures}


def test_figures_are_of_rounds():
    """There are ratios by round, medians of seconds and the highest memory, also by state."""
    figures = some_figures(STATIONS)

    assert figures["night / textbook, wall"].value == pytest.approx((1 / 10 + 1 / 6) / 2)
    assert figures["night / textbook, wall"].met is False
    assert figures["night / textbook, CPU"].value == pytest.approx(0.2)
    assert (figures[f"{OURS}: wall"].value, figures[f"{OURS}: wall"].met) == (11.0, True)
    assert (figures[f"{OURS}: peak memory"].value, figures[f"{OURS}: peak memory"].met) == (
        0.6,
        True,
    )
    assert figures[f"{OURS}: Transform: wall"].value == 3.0
    assert figures[f"{TEXTBOOK}: Write: wall"].value == 70.0
    assert figures[f"{TEXTBOOK}: Write: peak memory"].value == 1.5
    assert figures["numbers of 1,000 that differ"].met is False
    assert figures["Feast materialize, 7 of 504 numbers: wall"].value == 8.0
    assert not any(REST in name for name in figures)


def test_targets_are_of_a_whole_night():
    """A small night has no target except that of equal numbers."""
    figures = [f for f in some_figures(1000).values() if f.target is not None]

    assert [figure.unit for figure in figures] == [""]


def test_growth_is_measured_from_the_mean_of_the_smallest_nights():
    """The smallest night runs before and after the others."""
    sizes = [(BASE, 10.0), (2 * BASE, 21.0), (10 * BASE, 120.0), (BASE, 14.0)]
    nights = [(size, a_night(wall, wall, 10**9, Transform=wall / 2)) for size, wall in sizes]
    figures = {figure.name: figure for figure in growth_figures(nights, BASE)}

    growth = figures["seconds a station, 110,000 / 11,000"]

    assert growth.value == pytest.approx(1.0)
    assert growth.met
    assert figures["peak memory of all nights"].met
    assert figures["22,000 stations: wall"].value == 21.0
    assert figures["22,000 stations: Transform: wall"].value == 10.5
    assert figures["11,000 stations: Transform: peak memory"].value == 0.5
