"""Forecasts of variants are compared with what came: of directions, by the shortest turn."""

import numpy as np
import pytest

from batch_jobs.observations.read import Observations
from batch_jobs.observations.report import ReadReport
from forecasts.times import HOUR
from local.variant_report.accuracy import accuracy_of, judge
from local.variant_report.answer_log import Answer, StationForecast
from tests.factories import A_STATION, ISSUE_TIME

ISSUED = int((ISSUE_TIME.timestamp()) // HOUR.total_seconds())


@pytest.mark.parametrize(("code", "error"), [("wind_direction", 20), ("temperature", 340)])
def test_errors(code, error):
    """From 350 to 10 degrees of a direction are 20, and the interval goes through north."""
    values = {code: dict.fromkeys((1, 6), (330.0, 350.0, 20.0))}
    forecast = StationForecast(A_STATION.id, ISSUED, values)
    answer = Answer("blue", "v1", ISSUE_TIME, False, None, 1.0, forecast)  # noqa: FBT003
    measured = np.full((1, 1, 168 + 24), 10, np.float32)
    end = ISSUE_TIME + 24 * HOUR
    observed = Observations((A_STATION,), (code,), end, measured, ReadReport(), (), None)
    accuracy = accuracy_of(judge([answer], observed)[code]["blue"])

    assert accuracy.hours == 2
    assert accuracy.mae.value == error
    assert accuracy.coverage.value == (code == "wind_direction")
