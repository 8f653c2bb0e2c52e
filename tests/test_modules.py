"""What modules that may not import each other agree on all the same."""

from forecasts import run
from model import features, prediction


def test_both_sides_of_the_container_agree():
    """The model, which runs alone in its container, has the lengths and quantiles of forecasts."""
    assert features.HISTORY_HOURS == run.HISTORY_HOURS
    assert features.LEAD_HOURS == run.LEAD_HOURS
    assert prediction.QUANTILES == run.QUANTILES
