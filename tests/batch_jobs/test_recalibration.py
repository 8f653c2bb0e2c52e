"""Recalibration: what came true moves the factors of the next night."""

from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.recalibration import mean_factors, next_steps, packed_steps
from batch_jobs.verify_run import Verification
from forecasts.calibration import HIGHEST, LOWEST, unpack_factors
from model.scoring import SUMS
from tests.factories import a_run, a_station

CODES = ("temperature", "precipitation")
HOURS, BELOW, ABOVE = (SUMS.index(name) for name in ("hours", "below", "above"))
MANY = 400


def verified(below=0.6, above=0.6, steps=0, stations=MANY, hours=6.0):
    """Return a verification in which each group of six hours missed as many; 0.6 are a tenth."""
    sums = np.zeros((stations, len(CODES), 4, len(SUMS)))
    sums[..., HOURS], sums[..., BELOW], sums[..., ABOVE] = hours, below, above
    places = tuple(a_station(id=f"S{number:03}") for number in range(stations))
    before = np.full((stations, len(CODES), 2, 4), steps, np.int8)
    return Verification(a_run(parameters=CODES), places, sums, np.empty(0), before)


def test_a_side_that_misses_more_grows():
    """Twice the misses below make only that side wider; hardly any above make it narrower."""
    steps = next_steps(verified(below=1.2, above=0.06))
    low, high = steps[:, 0].mean(axis=(0, 2))

    assert low == pytest.approx(55 * 0.1, abs=0.2)
    assert high == pytest.approx(-55 * 0.09, abs=0.2)


def test_moves_smaller_than_a_step_count_on_average():
    """A tenth outside moves nothing; a little more moves some factors by a step."""
    assert not next_steps(verified()).any()
    moved = next_steps(verified(below=0.63))[:, 0, 0]
    assert set(np.unique(moved)) == {0, 1}
    assert moved.mean() == pytest.approx(55 * 0.005, abs=0.05)


def test_a_repetition_gives_the_same():
    """Chance is the run's own: another run has another, and a repetition the same."""
    once, other = (
        verified(below=0.65),
        replace(verified(below=0.65), run=a_run(id="20131231T0000Z-1", parameters=CODES)),
    )

    np.testing.assert_array_equal(next_steps(once), next_steps(once))
    assert (next_steps(once) != next_steps(other)).any()


def test_a_station_that_misses_more_than_the_others_grows_more():
    """The network moves all its stations, and a station's own misses move it further."""
    night = verified(below=0.0)
    night.sums[0, 0, :, BELOW] = 6
    steps = next_steps(night)[:, 0, 0]

    assert steps[0].mean() == pytest.approx(-4 + 13.5, abs=1)
    assert steps[1:].mean() == pytest.approx(-5.5, abs=0.2)


def test_without_hours_factors_stay():
    """A station of which nothing was observed keeps its factors, or stays without."""
    night = verified(below=3, steps=7)
    night.sums[3] = 0
    steps = next_steps(night)

    assert (steps[3] == 7).all()
    assert (steps[4, 0, 0] > 7).all()
    assert not next_steps(verified(hours=0, below=0, above=0)).any()


def test_factors_are_bounded():
    """However many nights miss, factors stay on the grid."""
    widest, narrowest = verified(below=6, steps=HIGHEST), verified(below=0, steps=LOWEST)

    assert (next_steps(widest)[:, 0, 0] == HIGHEST).all()
    assert (next_steps(narrowest)[:, 0, 0] == LOWEST).all()


def test_of_rain_only_the_upper_side_grows():
    """Nothing is below a p10 of 0, and hardly anything above in dry weather: that says nothing."""
    dry = next_steps(verified(below=0, above=0))[:, 1]
    wet = next_steps(verified(below=0, above=2))[:, 1]

    assert not dry.any()
    assert not wet[:, 0].any()
    assert (wet[:, 1] > 0).all()


def test_packed_and_mean():
    """Stations whose factors are all 1 are left out; means are over all stations."""
    night = verified(stations=2)
    steps = np.zeros((2, 2, 2, 4), np.int8)
    steps[1, 0, 1] = [0, 10, -10, 0]
    packed = packed_steps(night.run, night.stations, steps)

    assert packed.keys() == {"S001"}
    assert unpack_factors(packed["S001"]) == {
        "temperature": {"low": [1.0] * 4, "high": [1.0, 1.105, 0.905, 1.0]}
    }
    assert mean_factors(night.run, steps) == {
        "temperature": {"low": 1.0, "high": pytest.approx(1.001)},
        "precipitation": {"low": 1.0, "high": 1.0},
    }
