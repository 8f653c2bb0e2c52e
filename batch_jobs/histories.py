"""Packs the histories of many stations at once, into the bytes of `forecasts.packed_history`."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forecasts.item import TransformLine
from forecasts.packed_history import ESCAPE, MISSING, ZERO, framed
from forecasts.parameter import parameter

#: Bytes of the value that follows an escape.
_ABSOLUTE = 4


def packed_histories(lines: Sequence[TransformLine]) -> Iterator[bytes]:
    """Pack the histories of transform lines, all with the same number of hours.

    Raises:
        ValueError: The numbers of hours differ.
        UnknownParameterError: A parameter is not in the catalogue.
    """
    codes = [code for line in lines for code in line["history"]]
    series = [values for line in lines for values in line["history"].values()]
    hours = len(series[0]) if series else 0
    tokens, ends = _tokens(codes, np.array(series, np.float64).reshape(len(codes), hours))
    counts = np.cumsum([0, *(len(line["history"]) for line in lines)])
    bounds = [0, *ends.tolist()]
    for line, (first, last) in zip(lines, pairwise(counts.tolist()), strict=True):
        of_line = tokens[bounds[first] : bounds[last]].tobytes()
        place = line["latitude"], line["longitude"], line["elevation"]
        yield framed(*place, line["history"], of_line)


def _tokens(
    codes: Sequence[str], values: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the tokens of series [N, hours], one after the other, and where each series ends."""
    scale = np.array([10.0 ** parameter(code).decimals for code in codes]).reshape(-1, 1)
    present = ~np.isnan(values)
    whole = np.rint((values * scale)[present]).astype(np.int64)
    step = _steps(whole, present.sum(axis=1))
    jumps = abs(step) >= ZERO
    token = np.full(values.size, MISSING, np.uint8)
    token[present.ravel()] = np.where(jumps, ESCAPE, step + ZERO)
    cells = np.flatnonzero(present)[jumps]
    sizes = np.ones(values.size, np.int64)
    sizes[cells] += _ABSOLUTE
    tokens = np.repeat(token, sizes)
    # A jump is followed by its value, which moves all later tokens.
    places = (cells + _ABSOLUTE * np.arange(len(cells)))[:, None] + np.arange(1, _ABSOLUTE + 1)
    tokens[places] = whole[jumps].astype("<i4").view(np.uint8).reshape(-1, _ABSOLUTE)
    ends = values.shape[1] * np.arange(1, len(values) + 1)
    return tokens, ends + _ABSOLUTE * np.searchsorted(cells, ends)


def _steps(whole: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the difference of each value from the previous one in its series (the first: from 0).

    Args:
        whole: The values of all series, without gaps.
        counts: Number of values of each series.
    """
    steps = np.diff(whole, prepend=0)
    firsts = (np.cumsum(counts) - counts)[counts > 0]
    steps[firsts] = whole[firsts]
    return steps
