"""Packing many histories at once gives the same bytes as packing them one by one."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from batch_jobs.histories import packed_histories, unpacked_histories
from forecasts.errors import UnknownParameterError
from forecasts.packed_history import unpack
from tests.factories import histories
from tests.packed import pack

LIMITS = {"co": [0.0, 100_000.0, 0.0, None, 126.0, 252.0, 379.0, 253.0, 126.0]}


def a_line(history):
    """Return a transform line with a history."""
    place = {"latitude": 40.6, "longitude": -73.8, "elevation": None}
    return {"station_id": "JFK", "issue_time": "2013-12-30T00:00:00Z", "history": history, **place}


@given(st.lists(histories(hours=9), max_size=4))
@example([{}, LIMITS, {}])
@example([{"pm25": []}])
@example([{"pm25": [None] * 9}, LIMITS])
def test_same_bytes_as_one_by_one(drawn):
    """The bytes are the same for any number of stations and series, and with any gaps."""
    one_by_one = [pack(40.6, -73.8, None, history) for history in drawn]

    assert list(packed_histories([a_line(history) for history in drawn])) == one_by_one


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
    together = unpacked_histories(packed, WANTED)

    assert together.shape == (len(drawn), len(WANTED), 168)
    for body, found in zip(packed, together, strict=True):
        history = unpack(body)[3]
        alone = [history.get(code, [None] * 168) for code in WANTED]
        np.testing.assert_array_equal(found, np.array(alone, np.float32))


def test_damaged_histories():
    """A history that is damaged, cut, of other hours or not there is unknown; the others stay."""
    whole = pack(40.6, -73.8, None, {"pm25": [1.5] * 168})
    short = pack(40.6, -73.8, None, {"pm25": [1.5] * 9})
    fewer = bytearray(whole)
    fewer[1] = 2  # says that there are two parameters
    found = unpacked_histories([None, whole[:20], short, bytes(fewer), b"", whole], ("pm25",))

    assert np.isnan(found[:5]).all()
    assert (found[5] == 1.5).all()
