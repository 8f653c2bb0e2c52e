"""The benchmark against queueing theory."""

import pytest

from bench.queueing_theory import compare, crommelin, erlang


def test_the_formulas_themselves():
    """With one worker they give the well-known a / (1 - a), and half of it."""
    assert erlang(1, 0.8) == pytest.approx(4)
    assert crommelin(1, 0.8) == pytest.approx(2)


def test_figures():
    """There is one for each kind of queue, in percent; with few requests it has no target."""
    figures = list(compare(500, None))

    assert len({figure.name for figure in figures}) == 8
    assert all(0 <= figure.value < 100 and figure.met is None for figure in figures)
