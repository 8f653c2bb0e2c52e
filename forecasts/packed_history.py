"""The packed form of a station's history: 168 hours of 7 parameters in about one kilobyte.

Every real-time request starts from a history, so each station's history is stored beside its
forecast. As JSON it would cost three times the write units of the forecast itself. In a packed
series the values are whole numbers of the last decimal, each written as the difference from the one
before:

    version (1 byte) · number of parameters (1) · hours (2)
    latitude, longitude, elevation (8 each, IEEE double; elevation NaN if unknown)
    index of each parameter in the catalogue (1 each)
    factors of the station's intervals: see `forecasts.calibration`; not in version 1
    deflated: for each parameter, for each hour, one token

A token is one byte: 0 for a missing value, 1 to 253 for a difference of -126 to 126 from the last
value present (0 before the first), or 254 followed by the value itself in 4 bytes.

`unpack` returns exactly the numbers that were packed if they were rounded to their parameter's
decimals, as in transform lines. The order of the catalogue is part of the format: new parameters
are always appended to it. `batch_jobs.histories` makes the tokens of many stations at once.
"""

import math
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from forecasts.calibration import Calibration, cut_factors, pack_factors, unpack_factors
from forecasts.errors import FormatError
from forecasts.parameter import PARAMETERS, parameter

VERSION = 2
#: Has no factors.
_OLDER = 1

_HEADER = struct.Struct("<BBHddd")
_ABSOLUTE = struct.Struct("<i")
MISSING, ZERO, ESCAPE = 0, 127, 254
_CODES = tuple(PARAMETERS)
_JUMP = bytes([ESCAPE])
#: The difference from the last value for each token; 0 for a gap, which keeps the last value.
_DELTA = (0, *range(1 - ZERO, ZERO))

Series = list[float | None]


def framed(
    latitude: float,
    longitude: float,
    elevation: float | None,
    history: Mapping[str, Sequence[float | None]],
    tokens: bytes,
    calibration: Calibration,
) -> bytes:
    """Pack a station's coordinates, the tokens of its history and its factors.

    Args:
        latitude: Degrees north.
        longitude: Degrees east.
        elevation: Metres, or None.
        history: For each parameter code, the hourly values, oldest first; None for a missing
            value. All series have the same length.
        tokens: The tokens of all series, in their order.
        calibration: Factors by parameter code, also of parameters without a history.

    Raises:
        UnknownParameterError: A parameter is not in the catalogue.
    """
    hours = len(next(iter(history.values()), ()))
    height = math.nan if elevation is None else elevation
    header = _HEADER.pack(VERSION, len(history), hours, latitude, longitude, height)
    codes = bytes(_CODES.index(parameter(code).code) for code in history)
    return header + codes + pack_factors(calibration) + _deflate(tokens)


class History(NamedTuple):
    """A history; the attributes are those of `framed`."""

    latitude: float
    longitude: float
    elevation: float | None
    history: dict[str, Series]
    calibration: dict[str, dict[str, list[float]]]


def unpack(packed: bytes) -> History:
    """Read a packed history.

    Raises:
        FormatError: *packed* is not a history that this version can read.
    """
    opened = unframed(packed)
    try:
        history = _histories(opened.codes, opened.tokens, opened.hours)
    except (struct.error, IndexError) as error:
        raise FormatError(f"not a packed history: {error!r}") from error
    place = opened.latitude, opened.longitude, opened.elevation
    return History(*place, history, unpack_factors(opened.factors))


class Unframed(NamedTuple):
    """A packed history before its tokens and factors are read; see `framed`."""

    latitude: float
    longitude: float
    elevation: float | None
    hours: int
    codes: tuple[str, ...]
    tokens: bytes
    factors: bytes


def unframed(packed: bytes) -> Unframed:
    """Undo `framed`.

    Raises:
        FormatError: *packed* is not a history that this version can read.
    """
    try:
        version, count, hours, latitude, longitude, elevation = _HEADER.unpack_from(packed)
        if version not in {_OLDER, VERSION}:
            raise FormatError(f"history of format {version}; this version reads 1 and {VERSION}")
        rest = packed[_HEADER.size :]
        codes = tuple(_CODES[index] for index in rest[:count])
        factors, deflated = (b"", rest[count:]) if version == _OLDER else cut_factors(rest[count:])
        tokens = zlib.decompress(deflated, wbits=-15)
    except (struct.error, IndexError, zlib.error) as error:
        raise FormatError(f"not a packed history: {error!r}") from error
    height = None if math.isnan(elevation) else elevation
    return Unframed(latitude, longitude, height, hours, codes, tokens, factors)


def _deflate(tokens: bytes) -> bytes:
    # Weather repeats no patterns, but it can stay the same for hours: only runs of equal tokens
    # compress.
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_RLE)
    return compressor.compress(tokens) + compressor.flush()


def _histories(codes: Iterable[str], tokens: bytes, hours: int) -> dict[str, Series]:
    history, start = {}, 0
    for code in codes:
        history[code], start = _series(code, tokens, start, hours)
    return history


def _series(code: str, tokens: bytes, start: int, hours: int) -> tuple[Series, int]:
    """Read the series at *start*; return it and the start of the next one."""
    scale = 10 ** PARAMETERS[code].decimals
    series: Series = []
    last = 0
    while len(series) < hours:
        if tokens[start] == ESCAPE:
            (last,) = _ABSOLUTE.unpack_from(tokens, start + 1)
            series.append(last / scale)
            start += _ABSOLUTE.size + 1
            continue
        run = tokens[start : start + hours - len(series)].partition(_JUMP)[0]
        whole = list(accumulate(map(_DELTA.__getitem__, run), initial=last))
        last = whole[-1]
        pairs = zip(run, whole[1:], strict=True)
        series += [value / scale if token else None for token, value in pairs]
        start += len(run)
    return series, start
