"""BuildInput writes transform lines from observations."""

import json
import math

import numpy as np
import pytest

from batch_jobs.build_input import build_input
from batch_jobs.observations.read import Observations
from batch_jobs.observations.report import ReadReport
from batch_jobs.plan_run import Part
from forecasts.calibration import cut_factors, pack_factors
from forecasts.run import HISTORY_HOURS
from tests.factories import ISSUE_TIME, a_station

STATIONS = (a_station(id="A", elevation=None), a_station(id="B"), a_station(id="C"))


@pytest.fixture
def observed():
    """Observations of three stations; B never measured pressure."""
    values = np.random.default_rng(1).normal(10, 3, (3, 2, HISTORY_HOURS)).astype(np.float32)
    values[:, :, 5] = np.nan
    values[1, 1] = np.nan
    return Observations(STATIONS, ("temperature", "pressure"), ISSUE_TIME, values, ReadReport())


def lines_of(observed, *stations):
    """Build the input of some stations, and read it back."""
    return [json.loads(line) for line in build_input(observed, Part(0, stations)).splitlines()]


def test_each_station_of_the_part_has_a_line(observed):
    """Lines follow the part's order, and have the station's place and the issue time."""
    first, last = lines_of(observed, STATIONS[0], STATIONS[2])

    assert (first["station_id"], last["station_id"]) == ("A", "C")
    assert (first["elevation"], last["elevation"]) == (None, 4.0)
    assert first["issue_time"] == "2013-12-30T00:00:00Z"


def test_numbers_are_rounded_to_the_parameters_decimals(observed):
    """The value 3.9 is written as 3.9, a gap as null, and zero without a sign."""
    observed.values[2, 0, 7] = -0.04
    (line,) = lines_of(observed, STATIONS[2])
    written = line["history"]["temperature"]
    measured = observed.values[2, 0]

    assert len(written) == HISTORY_HOURS
    assert written[5] is None
    assert math.copysign(1, written[7]) == 1
    for value, float32 in zip(written, measured.tolist(), strict=True):
        assert value == (None if math.isnan(float32) else round(float32, 1))


def test_unmeasured_parameters_are_left_out(observed):
    """A parameter that was never measured is left out, because 168 nulls would only cost bytes."""
    (line,) = lines_of(observed, STATIONS[1])

    assert list(line["history"]) == ["temperature"]


def test_a_station_whose_observations_are_gone_has_an_empty_history(observed):
    """A station without observations still has a line, and the others keep theirs."""
    first, gone = lines_of(observed, STATIONS[0], a_station(id="X"))

    assert list(first["history"]) == ["temperature", "pressure"]
    assert (gone["station_id"], gone["history"]) == ("X", {})


def test_factors_travel_with_their_station(observed):
    """A station that has factors has them in its line, as numbers; the others have no field."""
    calibration = {"pressure": {"low": [1.0, 1.105, 0.905, 2.974], "high": [1.0] * 4}}
    factors, _ = cut_factors(pack_factors(calibration))
    body = build_input(observed, Part(0, STATIONS), {"B": factors, "X": factors})
    first, second, _ = map(json.loads, body.splitlines())

    assert "calibration" not in first
    assert second["calibration"] == calibration
