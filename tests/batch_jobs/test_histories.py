"""Packing many histories at once gives the same bytes as packing them one by one."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from batch_jobs.histories import (
    opened_histories,
    packed_histories,
    unpacked_histories,
    unpacked_steps,
)
from forecasts.calibration import factor_of
from forecasts.errors import UnknownParameterError
from forecasts.packed_history import unpack
from tests.factories import calibrations, histories
from tests.packed import pack

LIMITS = {"co": [0.0, 100_000.0, 0.0, None, 126.0, 252.0, 379.0, 253.0, 126.0]}


def a_line(history, calibration=None):
    """Return a transform line with a history, and factors if there are any."""
    place = {"latitude": 40.6, "longitude": -73.8, "elevation": None}
    line = {"station_id": "JFK", "issue_time": "2013-12-30T00:00:00Z", "history": history, **place}
    return line | {"calibration": calibration} if calibration else line


@given(st.lists(st.tuples(histories(hours=9), calibrations()), max_size=4))
@example([({}, {}), (LIMITS, {}), ({}, {})])
@example([({"pm25": []}, {})])
@example([({"pm25": [None] * 9}, {}), (LIMITS, {})])
def test_same_bytes_as_one_by_one(drawn):
    """The bytes are the same for any number of stations and series, any gaps and factors."""
    one_by_one = [pack(40.6, -73.8, None, *of_line) for of_line in drawn]

    assert list(packed_histories([a_line(*of_line) for of_line in drawn])) == one_by_one


def test_series_of_different_length():
    """Series of different lengths are not packed."""
    with pytest.raises(ValueError, match="inhomogeneous"):
        list(packed_histories([a_line({"pm25": [1.0]}), a_line({"o3": [1.0, 2.0]})]))


def test_unknown_parameter():
    """A parameter that the catalogue does not hold is not packed."""
    with pytest.raises(UnknownParameterError, match="unknown parameter 'radon'"):
        list(packed_histories([a_line({"radon": [1.0]})]))


WANTED = ("co", "pressure", "pm25", "wind_gust", "temperature")


@settings(max_examples=30)
@given(st.lists(histories(), max_size=4))
@example([{}, {"co": [*LIMITS["co"], *[None] * 159]}, {"pressure": [1000.0] * 168}])
def test_same_numbers_as_one_by_one(drawn):
    """Histories that are unpacked together have the numbers of each alone."""
    packed = [pack(40.6, -73.8, None, history) for history in drawn]
    together = unpacked_histories(opened_histories(packed), WANTED)

    assert together.shape == (len(drawn), len(WANTED), 168)
    for body, found in zip(packed, together, strict=True):
        history = unpack(body).history
        alone = [history.get(code, [None] * 168) for code in WANTED]
        np.testing.assert_array_equal(found, np.array(alone, np.float32))


def test_damaged_histories():
    """A history that is damaged, cut, of other hours or not there is unknown; the others stay."""
    whole = pack(40.6, -73.8, None, {"pm25": [1.5] * 168})
    short = pack(40.6, -73.8, None, {"pm25": [1.5] * 9})
    fewer = bytearray(whole)
    fewer[1] = 2  # says that there are two parameters
    opened = opened_histories([None, whole[:20], short, bytes(fewer), b"", whole])
    found = unpacked_histories(opened, ("pm25",))

    assert np.isnan(found[:5]).all()
    assert (found[5] == 1.5).all()


@settings(max_examples=30)
@given(st.lists(calibrations(), max_size=4))
def test_same_factors_as_one_by_one(drawn):
    """Factors that are unpacked together are those of each alone; none are steps of 0."""
    week = {"pm25": [1.5] * 168}
    packed = [pack(40.6, -73.8, None, week, calibration) for calibration in drawn]
    steps = unpacked_steps(opened_histories([None, *packed]), WANTED)

    assert not steps[0].any()
    for found, body in zip(steps[1:], packed, strict=True):
        calibration = unpack(body).calibration
        for code, of_parameter in zip(WANTED, found, strict=True):
            expected = calibration.get(code, {"low": [1.0] * 4, "high": [1.0] * 4})
            said = [[factor_of(step) for step in side] for side in of_parameter.tolist()]
            assert dict(zip(("low", "high"), said, strict=True)) == expected
