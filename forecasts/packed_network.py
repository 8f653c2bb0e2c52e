"""The packed form of how a run came true at all stations, less than half as long as JSON.

Packed are, one after the other and compressed with gzip:

- JSON: `version`, and what `VerifiedNetwork` has, but of `countries` only their names, and those of
  all `parameters`; a line feed;
- for each of `SUMS` a column, with four bytes for each country, parameter and group of lead times:
  first the lowest byte of all of them, then the next one, up to the highest.

What was not compared has zeros in all columns. The numbers of a column are whole and mostly small,
because they refer to others nearby:

| sums                          | numbers                                                          |
|-------------------------------|------------------------------------------------------------------|
| `hours`                       | difference from the row before                                   |
| `mae`                         | its level, as difference from the row before                     |
| `bias`                        | in 1/100 of `mae`                                                |
| other errors, `zero`, `brier` | 1 + difference from the level of `mae`; 0 if there is no error   |
| other counts                  | as they are                                                      |

The level of a sum is 2000 + 100 ln(sum), or 0 if there is no error. So sums of errors are read back
within half a percent, `bias` within half a percent of `mae`, and counts exactly. Numbers that may
be below 0, which are differences and `bias`, are written as 0, 2, 4 for 0, 1, 2 and as 1, 3 for -1,
-2.

Version 1 was one JSON object with all sums as numbers; it is still read.
"""

import json
import math
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from forecasts.errors import FormatError
from forecasts.forecast import dumps
from forecasts.gzip_bodies import compress_columns, decompress
from forecasts.times import from_text, utc_text
from forecasts.verification import LEAD_GROUPS, SUMS, Sums, VerifiedNetwork

_VERSION = 2
_BYTES = 4
_STEPS, _FIRST = 100, 2000
_COUNTS = frozenset({"below", "above", "zeros", "chance_hours", "wet"})
_GROUPS = len(LEAD_GROUPS)
_NOTHING = ((0.0,) * len(SUMS),) * _GROUPS

Countries = Mapping[str, Mapping[str, tuple[Sums, ...]]]


def pack_network(verified: VerifiedNetwork) -> bytes:
    """Pack how a run came true, but for the run's id; an error of more than 0 has a sum above 0."""
    countries = verified.countries
    codes = list(dict.fromkeys(code for found in countries.values() for code in found))
    head = {
        "version": _VERSION,
        "as_of": utc_text(verified.as_of),
        "by": verified.by,
        "first": verified.first,
        "stations": verified.stations,
        "countries": list(countries),
        "parameters": codes,
    }
    rows = [
        sums for found in countries.values() for code in codes for sums in found.get(code, _NOTHING)
    ]
    sums_of = {name: [row[index] for row in rows] for index, name in enumerate(SUMS)}
    columns = [column for numbers in _written(sums_of) for column in _cut(numbers)]
    return compress_columns([dumps(head) + b"\n", *columns])


def unpack_network(run_id: str, packed: bytes) -> VerifiedNetwork:
    """Read how the run *run_id* came true.

    Raises:
        FormatError: *packed* is nothing that this version can read.
    """
    try:
        head, _, columns = decompress(packed).partition(b"\n")
        fields = json.loads(head)
        if fields.get("version") == _VERSION:
            countries = _countries(fields["countries"], fields["parameters"], columns)
        else:
            countries = _older_countries(fields["countries"])
        as_of, stations = from_text(fields["as_of"]), int(fields["stations"])
        by, first = str(fields["by"]), str(fields["first"])
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise FormatError(f"no sums of a network: {error!r}") from error
    return VerifiedNetwork(run_id, as_of, by, first, stations, countries)


def _written(sums: Mapping[str, Sequence[float]]) -> Iterator[list[int]]:
    levels = list(map(_level, sums["mae"]))
    # As it is read back: `bias` is a share of it.
    mae = list(map(_sum, levels))
    for name, column in sums.items():
        if name == "hours":
            yield _differences(list(map(int, column)))
        elif name == "mae":
            yield _differences(levels)
        elif name == "bias":
            shares = (bias / of if of else 0.0 for bias, of in zip(column, mae, strict=True))
            yield [_unsigned(round(_STEPS * share)) for share in shares]
        elif name in _COUNTS:
            yield list(map(int, column))
        else:
            pairs = zip(column, levels, strict=True)
            yield [1 + _unsigned(_level(each) - level) if each else 0 for each, level in pairs]


def _read(numbers: Mapping[str, Sequence[int]]) -> Iterator[list[float]]:
    levels = list(accumulate(map(_signed, numbers["mae"])))
    mae = list(map(_sum, levels))
    for name, column in numbers.items():
        if name == "hours":
            yield list(map(float, accumulate(map(_signed, column))))
        elif name == "mae":
            yield mae
        elif name == "bias":
            yield [_signed(each) * of / _STEPS for each, of in zip(column, mae, strict=True)]
        elif name in _COUNTS:
            yield list(map(float, column))
        else:
            pairs = zip(column, levels, strict=True)
            yield [_sum(level + _signed(each - 1)) if each else 0.0 for each, level in pairs]


def _countries(
    names: Sequence[str], codes: Sequence[str], columns: bytes
) -> dict[str, dict[str, tuple[Sums, ...]]]:
    rows = len(names) * len(codes) * _GROUPS
    size = _BYTES * rows
    if len(columns) != size * len(SUMS):
        raise ValueError("its columns have another length")
    numbers = {
        name: _joined(columns[index * size : (index + 1) * size], rows)
        for index, name in enumerate(SUMS)
    }
    sums = zip(*_read(numbers), strict=True)
    # Four rows at a time.
    groups = zip(*[sums] * _GROUPS, strict=True)
    found = {name: dict(zip(codes, groups, strict=False)) for name in names}
    return {
        name: {code: of for code, of in parameters.items() if any(sums[0] for sums in of)}
        for name, parameters in found.items()
    }


def _older_countries(
    fields: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, tuple[Sums, ...]]]:
    return {
        country: {code: _checked(groups) for code, groups in parameters.items()}
        for country, parameters in fields.items()
    }


def _checked(groups: Sequence[Sequence[float]]) -> tuple[Sums, ...]:
    sums = tuple(tuple(map(float, each)) for each in groups)
    if len(sums) != _GROUPS or any(len(each) != len(SUMS) for each in sums):
        raise ValueError("it has other sums")
    return sums


def _level(error: float) -> int:
    return max(1, round(_FIRST + _STEPS * math.log(error))) if error else 0


def _sum(level: int) -> float:
    return math.exp((level - _FIRST) / _STEPS) if level else 0.0


def _differences(numbers: Sequence[int]) -> list[int]:
    return [_unsigned(after - before) for before, after in pairwise((0, *numbers))]


def _unsigned(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _signed(number: int) -> int:
    return -(number + 1 >> 1) if number & 1 else number >> 1


def _cut(numbers: Sequence[int]) -> Iterable[bytes]:
    whole = struct.pack(f"<{len(numbers)}I", *numbers)
    return (whole[start::_BYTES] for start in range(_BYTES))


def _joined(column: bytes, rows: int) -> tuple[int, ...]:
    whole = bytearray(len(column))
    for start in range(_BYTES):
        whole[start::_BYTES] = column[start * rows : (start + 1) * rows]
    return struct.unpack(f"<{rows}I", whole)
