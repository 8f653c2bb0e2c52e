"""Packs and unpacks the histories of many stations at once: see `forecasts.packed_history`."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forecasts.calibration import GROUPS, HIGHEST, LOWEST, PACKED_BYTES, SIDES
from forecasts.errors import FormatError
from forecasts.item import TransformLine
from forecasts.packed_history import ESCAPE, MISSING, ZERO, Unframed, framed, unframed
from forecasts.parameter import PARAMETERS, parameter
from forecasts.run import HISTORY_HOURS

_CODES = tuple(PARAMETERS)

#: Steps of factors, [station, parameter, side, group].
Steps = NDArray[np.int8]

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
        yield framed(*place, line["history"], of_line, line.get("calibration", {}))


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


def opened_histories(packed: Sequence[bytes | None]) -> list[Unframed | None]:
    """Open histories, which is most of the work of unpacking them.

    Args:
        packed: Of each station; None if there is none.

    Returns:
        Of each station; None if there is none, or if it is damaged.
    """
    return [_opened(body) for body in packed]


def unpacked_histories(
    histories: Sequence[Unframed | None], codes: Sequence[str]
) -> NDArray[np.float32]:
    """Unpack histories, a hundred times as fast as one by one.

    Args:
        histories: Of each station, opened.
        codes: Codes of the parameters that are wanted.

    Returns:
        [station, parameter, 168]; NaN for a missing value, and for a history that is damaged.
    """
    found = np.full((len(histories), len(codes), HISTORY_HOURS), np.nan, np.float32)
    opened = {row: each for row, each in enumerate(histories) if each}
    if not opened:
        return found
    series = _series(b"".join(each.tokens for each in opened.values()))
    rows = [row for row, each in opened.items() for _ in each.codes]
    named = [code for each in opened.values() for code in each.codes]
    column_of = {code: column for column, code in enumerate(codes)}
    columns = np.array([column_of.get(code, -1) for code in named])
    scale = np.array([10.0 ** PARAMETERS[code].decimals for code in named]).reshape(-1, 1)
    wanted = columns >= 0
    found[np.array(rows)[wanted], columns[wanted]] = (series / scale)[wanted]
    return found


def unpacked_steps(histories: Sequence[Unframed | None], codes: Sequence[str]) -> Steps:
    """Unpack the factors of histories, as steps; see `forecasts.calibration`.

    Args:
        histories: Of each station, opened.
        codes: Codes of the parameters that are wanted.

    Returns:
        [station, parameter, side, group]; 0, which changes nothing, where there is no factor.
    """
    steps = np.zeros((len(histories), len(codes), len(SIDES), GROUPS), np.int8)
    factors = [each.factors if each else b"" for each in histories]
    entries = np.frombuffer(b"".join(factors), np.uint8).reshape(-1, PACKED_BYTES)
    rows = np.repeat(np.arange(len(factors)), [len(each) // PACKED_BYTES for each in factors])
    for column, code in enumerate(codes):
        own = entries[:, 0] == _CODES.index(code)
        found = entries[own, 1:].view(np.int8).reshape(-1, len(SIDES), GROUPS)
        steps[rows[own], column] = found.clip(LOWEST, HIGHEST)
    return steps


def _opened(body: bytes | None) -> Unframed | None:
    """Return a history whose tokens are complete; None for any other."""
    try:
        opened = unframed(body or b"")
    except FormatError:
        return None
    size = len(opened.tokens) - _ABSOLUTE * len(_escapes(opened.tokens))
    whole = opened.hours == HISTORY_HOURS and size == HISTORY_HOURS * len(opened.codes)
    return opened if whole and opened.codes else None


def _escapes(tokens: bytes) -> list[int]:
    """Return the positions of escapes; the bytes of the value after each may look like one."""
    found = []
    at = tokens.find(ESCAPE)
    while at >= 0:
        found.append(at)
        at = tokens.find(ESCAPE, at + 1 + _ABSOLUTE)
    return found


def _series(tokens: bytes) -> NDArray[np.float64]:
    """Return the series of the tokens of complete histories: whole numbers, [series, 168]."""
    escapes = np.array(_escapes(tokens), np.int64)
    values_at = (escapes[:, None] + np.arange(1, _ABSOLUTE + 1)).ravel()
    every = np.frombuffer(tokens, np.uint8)
    absolute = every[values_at].view("<i4").astype(np.int64)
    token = np.delete(every, values_at)
    is_jump = np.delete(_marked(len(every), escapes), values_at)
    step = np.where((token == MISSING) | (token == ESCAPE), 0, token.astype(np.int64) - ZERO)
    total = np.cumsum(step)
    # What is subtracted from the running total, from each start of a series and each jump on.
    is_start = np.zeros(len(token), np.bool_)
    is_start[::HISTORY_HOURS] = True
    begins = np.flatnonzero(is_start | is_jump)
    offset = total[begins] - step[begins]
    offset[is_jump[begins]] -= absolute
    whole = total - np.repeat(offset, np.diff(begins, append=len(token)))
    series = np.where(token == MISSING, np.nan, whole)
    return series.reshape(-1, HISTORY_HOURS)


def _marked(size: int, positions: NDArray[np.int64]) -> NDArray[np.bool_]:
    marks = np.zeros(size, np.bool_)
    marks[positions] = True
    return marks
