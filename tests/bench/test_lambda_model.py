"""The benchmark of the model in a Lambda function: its figures."""

from bench.lambda_model import Start, cold_figures


def test_cold():
    """Figures are medians in milliseconds; only the time of the clock has a target."""
    wall, cpu = cold_figures([Start(1.0, 0.5), Start(2.5, 0.25), Start(3.0, 2.0)])

    assert (wall.value, wall.met) == (2500.0, False)
    assert (cpu.value, cpu.met) == (500.0, None)
