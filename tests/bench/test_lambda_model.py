"""The benchmark of the model in a Lambda function: what becomes of what was measured."""

from bench.lambda_model import (
    BOOSTERS,
    COLD,
    COMPILED,
    CONTAINER,
    FUNCTION,
    Case,
    Taken,
    cold_figures,
    warm_figures,
)


def case(name, *walls):
    """Return a case that took so many seconds by the clock, half of them of a processor."""
    return Case(name, lambda: None, [Taken(wall, wall / 2) for wall in walls])


def test_warm():
    """The ratio is the median of those within a round, times are medians in milliseconds."""
    cases = [case(FUNCTION, 0.003, 0.006, 0.010), case(CONTAINER, 0.002, 0.006, 0.020)]
    figures = {figure.name: figure for figure in warm_figures(cases)}
    ratio = figures["POST, function / container"]

    assert (ratio.value, ratio.met) == (1.0, True)
    assert figures["POST, function: wall"].value == 6.0
    assert figures["of it CPU of the container"].value == 3.0


def test_cold():
    """A start of the function has a target, starts of containers are there to compare."""
    cases = [case(COLD, 2.5), case(COMPILED, 0.5), case(BOOSTERS, 3.0)]
    met = {figure.name: figure.met for figure in cold_figures(cases)}

    assert met["cold, function: wall"] is False
    assert met["cold, container, XGBoost: wall"] is None
    assert len(met) == 6
