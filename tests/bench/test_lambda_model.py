"""The benchmark of the model in a Lambda function: its figures."""

from bench.lambda_model import (
    BOOSTERS,
    COLD,
    COMPILED,
    CONTAINER,
    FUNCTION,
    Taken,
    cold_figures,
    warm_figures,
)


def taken(*walls):
    """Return measurements of some seconds of the clock, half of them of a processor."""
    return [Taken(wall, wall / 2) for wall in walls]


def test_warm():
    """The ratio is the median of those within a round, times are medians in milliseconds."""
    cases = {FUNCTION: taken(0.003, 0.006, 0.010), CONTAINER: taken(0.002, 0.006, 0.020)}
    figures = {figure.name: figure for figure in warm_figures(cases)}

    ratio = figures["POST, function / container"]
    assert (ratio.value, ratio.met) == (1.0, True)
    assert figures["POST, function: wall"].value == 6.0
    assert figures["of it CPU of the container"].value == 3.0


def test_cold():
    """A start of the function has a target; starts of containers have none."""
    cases = {COLD: taken(2.5), COMPILED: taken(0.5), BOOSTERS: taken(3.0)}
    met = {figure.name: figure.met for figure in cold_figures(cases)}

    assert met["cold, function: wall"] is False
    assert met["cold, container, XGBoost: wall"] is None
    assert len(met) == 6
