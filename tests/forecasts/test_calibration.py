"""Factors of intervals: on a grid that one byte keeps, and safe to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.calibration import (
    FACTORS,
    HIGHEST,
    LOWEST,
    cut_factors,
    factor_of,
    pack_factors,
    step_of,
    unpack_factors,
)
from forecasts.errors import FormatError, UnknownParameterError
from tests.factories import calibrations


def test_the_grid():
    """Steps of one percent between 0.5 and 3, with exactly 1 among them."""
    assert (min(FACTORS), factor_of(0), max(FACTORS)) == (0.502, 1.0, 2.974)
    assert [step_of(factor) for factor in FACTORS] == list(range(LOWEST, HIGHEST + 1))
    assert (step_of(0.1), step_of(9.0)) == (LOWEST, HIGHEST)


@given(calibrations(), st.binary(max_size=5))
def test_round_trip(calibration, rest):
    """Factors are read back as they were, and what follows them is left."""
    cut, left = cut_factors(pack_factors(calibration) + rest)

    assert unpack_factors(cut) == calibration
    assert left == rest


def test_ones_cost_nothing():
    """A parameter whose factors are all 1 is left out."""
    ones = {"low": [1.0] * 4, "high": [1.0, 1.001, 1.0, 1.0]}

    assert pack_factors({"pm25": ones, "o3": ones}) == b"\x00"


def test_what_cannot_be_packed_or_read():
    """An unknown parameter, factors that end too soon or lie beyond the grid are refused."""
    with pytest.raises(UnknownParameterError, match="unknown parameter 'radon'"):
        pack_factors({"radon": {"low": [2.0] * 4, "high": [2.0] * 4}})
    for packed in (b"", b"\x01", b"\x01" + bytes(8)):
        with pytest.raises(FormatError, match="end too soon"):
            cut_factors(packed)
    for cut in (b"\xff" + bytes(8), bytes(8) + b"\x7f", bytes(8) + b"\x80"):
        with pytest.raises(FormatError, match="not packed factors"):
            unpack_factors(cut)
