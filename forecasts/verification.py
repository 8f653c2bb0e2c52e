"""Verification: how the forecasts of a run compare with what was then observed, as sums.

Sums of stations, groups of lead times and runs add up; divided by their hours, they are means. The
records of one station are packed, each into about 290 bytes for seven parameters:

    version (1 byte) · of each record: its length (2) · the record

    issue time and time of the truth, in minutes since 1970 (4 each) · attempt (2) · number of
    parameters (1) · their indices in the catalogue (1 each)
    deflated, of each parameter and group of lead times: whole numbers, seven bits a byte

Counts of hours are packed together, as no group has more than six. Sums of errors are whole numbers
of the parameter's last decimal, or of a hundredth of it if the parameter is mostly zero.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from forecasts.errors import FormatError
from forecasts.parameter import PARAMETERS, Parameter, parameter
from forecasts.run import attempt_of, issue_time_of, run_id

#: Lead times in hours that are summed up together.
LEAD_GROUPS = ("1-6", "7-12", "13-18", "19-24")
GROUP_HOURS = 6

#: The sums, in order; `model.scoring` says what each is.
SUMS = (
    "hours",
    "below",
    "above",
    "bias",
    "mae",
    "pinball",
    "persistence",
    "yesterday",
    "week",
    "zero",
    "zeros",
    "chance_hours",
    "wet",
    "brier",
)

#: In the order of `SUMS`.
Sums = tuple[float, ...]

_VERSION = 1
_LENGTH = struct.Struct("<H")
_RECORD = struct.Struct("<IIHB")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_CODES = tuple(PARAMETERS)
_COUNTS = GROUP_HOURS + 1
BRIER_STEPS = 1000
#: zlib's code for deflated bytes without header and checksum.
_RAW = -15
_SMALL_WINDOW, _LITTLE_MEMORY = -10, 4
_BITS = 7
_MORE = 1 << _BITS


class VerifiedRun(NamedTuple):
    """How the forecasts of one run came true at one station.

    Attributes:
        run_id: The run.
        as_of: Aware UTC; when the observations were read.
        sums: For each parameter code, the sums of each of `LEAD_GROUPS`.
    """

    run_id: str
    as_of: datetime
    sums: Mapping[str, tuple[Sums, ...]]


class VerifiedNetwork(NamedTuple):
    """How the forecasts of one run came true at all stations.

    Attributes:
        run_id: The run.
        as_of: Aware UTC; when the observations were read.
        by: The run whose night verified it.
        first: The run whose night verified it first, before late readings came.
        stations: Number of stations with at least one hour that was compared.
        countries: For each country ("" if it is unknown) and parameter code, the sums of each of
            `LEAD_GROUPS`.
    """

    run_id: str
    as_of: datetime
    by: str
    first: str
    stations: int
    countries: Mapping[str, Mapping[str, tuple[Sums, ...]]]


def pack(records: Iterable[VerifiedRun]) -> bytes:
    """Pack the records of one station.

    Raises:
        UnknownParameterError: A parameter is not in the catalogue.
        ValueError: A count is not that of a group of six hours.
    """
    return framed(map(_packed, records))


def record_of(run_id: str, as_of: datetime, codes: Iterable[str], numbers: bytes) -> bytes:
    """Make a record from its numbers, each written in seven bits a byte.

    Raises:
        UnknownParameterError: A parameter is not in the catalogue.
    """
    indices = bytes([_index(code) for code in codes])
    head = _RECORD.pack(*_times(run_id, as_of), len(indices))
    # Memory for a few hundred bytes: setting up zlib's usual 256 KB takes longer than to compress.
    packer = zlib.compressobj(6, zlib.DEFLATED, _SMALL_WINDOW, _LITTLE_MEMORY)
    return head + indices + packer.compress(numbers) + packer.flush()


def framed(records: Iterable[bytes]) -> bytes:
    """Join records of one station."""
    return bytes([_VERSION]) + b"".join(_LENGTH.pack(len(each)) + each for each in records)


def unpack(packed: bytes) -> list[VerifiedRun]:
    """Read records back, each sum rounded to the step that it was packed with.

    Raises:
        FormatError: *packed* is nothing that this version can read.
    """
    try:
        return list(map(_unpacked, _records(packed)))
    except (struct.error, zlib.error, ValueError, IndexError, TypeError, OverflowError) as error:
        raise FormatError(f"not a verification: {error}") from error


def steps_of(of: Parameter) -> float:
    """Return how many steps a sum of errors has for each unit of its parameter."""
    return 10.0 ** (of.decimals + (2 if of.zeros else 0))


def add(groups: Iterable[tuple[Sums, ...]]) -> tuple[Sums, ...]:
    """Add up sums of several runs, stations or countries, group by group."""
    return tuple(tuple(map(sum, zip(*each, strict=True))) for each in zip(*groups, strict=True))


@cache
def _index(code: str) -> int:
    return _CODES.index(parameter(code).code)


@lru_cache(maxsize=8)
def _times(run: str, as_of: datetime) -> tuple[int, int, int]:
    """Return what thousands of stations have in common: times and attempt."""
    return _minutes(issue_time_of(run)), _minutes(as_of), attempt_of(run)


def _minutes(time: datetime) -> int:
    return (time - _EPOCH) // _MINUTE


def _packed(record: VerifiedRun) -> bytes:
    numbers = bytearray()
    for code, groups in record.sums.items():
        for sums in groups:
            _write(numbers, _whole_numbers(parameter(code), sums))
    return record_of(record.run_id, record.as_of, record.sums, bytes(numbers))


def _records(packed: bytes) -> Iterator[bytes]:
    if packed[0] != _VERSION:
        raise ValueError(f"version {packed[0]}")
    at = 1
    while at < len(packed):
        (length,) = _LENGTH.unpack_from(packed, at)
        at += _LENGTH.size + length
        if at > len(packed):
            raise ValueError("it is cut off")
        yield packed[at - length : at]


def _unpacked(record: bytes) -> VerifiedRun:
    issued, as_of, attempt, count = _RECORD.unpack_from(record)
    end = _RECORD.size + count
    codes = [_CODES[index] for index in record[_RECORD.size : end]]
    numbers = _read(zlib.decompress(record[end:], _RAW))
    sums = {code: tuple(_sums(PARAMETERS[code], numbers) for _ in LEAD_GROUPS) for code in codes}
    name = run_id(_EPOCH + issued * _MINUTE, attempt)
    return VerifiedRun(name, _EPOCH + as_of * _MINUTE, sums)


def _whole_numbers(of: Parameter, sums: Sums) -> Iterator[int]:
    hours, below, above, *errors = map(float, sums)
    yield _counts(hours, below, above)
    bias, mae, pinball, persistence, yesterday, week, zero, zeros, *chance = errors
    steps = steps_of(of)
    signed = round(bias * steps)
    yield 2 * signed if signed >= 0 else -2 * signed - 1
    for error in (mae, pinball, persistence, yesterday, week):
        yield round(error * steps)
    if of.zeros:
        chance_hours, wet, brier = chance
        yield round(zero * steps)
        yield _counts(zeros, chance_hours, wet)
        yield round(brier * BRIER_STEPS)


def _sums(of: Parameter, numbers: Iterator[int]) -> Sums:
    try:
        return _next_sums(of, numbers)
    except StopIteration:
        raise ValueError("there are too few numbers") from None


def _next_sums(of: Parameter, numbers: Iterator[int]) -> Sums:
    steps = steps_of(of)
    counts = _counted(next(numbers))
    signed = next(numbers)
    bias = (signed // 2 if signed % 2 == 0 else -(signed + 1) // 2) / steps
    errors = [next(numbers) / steps for _ in range(5)]
    if not of.zeros:
        return (*counts, bias, *errors, 0.0, 0.0, 0.0, 0.0, 0.0)
    zero = next(numbers) / steps
    return (*counts, bias, *errors, zero, *_counted(next(numbers)), next(numbers) / BRIER_STEPS)


def _counts(*counts: float) -> int:
    number = 0
    for count in counts:
        if not 0 <= count < _COUNTS or count != int(count):
            raise ValueError(f"{count:g} is not a number of hours of a group of {GROUP_HOURS}")
        number = number * _COUNTS + int(count)
    return number


def _counted(number: int) -> tuple[float, float, float]:
    rest, third = divmod(number, _COUNTS)
    first, second = divmod(rest, _COUNTS)
    return float(first), float(second), float(third)


def _write(numbers: bytearray, values: Iterable[int]) -> None:
    for value in values:
        rest = value
        while rest >= _MORE:
            numbers.append(rest % _MORE | _MORE)
            rest >>= _BITS
        numbers.append(rest)


def _read(packed: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in packed:
        value |= (byte & (_MORE - 1)) << shift
        shift += _BITS
        if byte < _MORE:
            yield value
            value = shift = 0
