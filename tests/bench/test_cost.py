"""The benchmark of costs: figures of the planner's own comparison."""

import pytest

from bench.cost import ALWAYS_ON, BOOK, PRECOMPUTED, TODAY, compare, figures_of
from bench.harness.errors import InputError


def test_figures():
    """Each comparable way with costs has a figure, and so has each break-even."""
    figures = {figure.name: figure.value for figure in figures_of({TODAY: compare()})}

    precomputed = figures[f"{TODAY}, lookups: {PRECOMPUTED}"]
    assert 0 < precomputed < figures[f"{TODAY}, lookups: {ALWAYS_ON}"]
    assert any(f"{PRECOMPUTED} costs less than" in name for name in figures)
    assert not any("asynchronous" in name for name in figures)


def test_the_book():
    """At the book's prices its endpoint costs $387 a month and its batch transform $1.61."""
    cost = compare("--workload", "docs/cost-book.toml", "--prices", "book")
    figures = {figure.name: figure.value for figure in figures_of({BOOK: cost})}

    assert round(figures[f"{BOOK}, lookups: {PRECOMPUTED}"], 2) == 1.61
    assert round(figures[f"{BOOK}, lookups: {ALWAYS_ON}"]) == 387


def test_a_planner_that_fails():
    """The benchmark ends with the planner's error."""
    with pytest.raises(InputError, match="--prices"):
        compare("--prices")
