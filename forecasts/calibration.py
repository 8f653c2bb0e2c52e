"""Calibration: how much wider or narrower a station's intervals are made than the model makes them.

A factor of p50 - p10 (low) and one of p90 - p50 (high) belongs to each parameter and group of lead
times, `forecasts.verification.LEAD_GROUPS`; 1 changes nothing. Factors are steps of one percent
between 0.5 and 3, so that each is packed into one byte: whoever reads them gets exactly the numbers
that the model got at night.

    number of parameters (1 byte)
    of each: its index in the catalogue (1 byte), its steps (8): low by group, then high by group
"""

import math
import struct
from collections.abc import Mapping, Sequence

from forecasts.errors import FormatError
from forecasts.parameter import PARAMETERS, parameter

#: For each parameter code and side, the factor of each group of lead times.
Calibration = Mapping[str, Mapping[str, Sequence[float]]]

SIDES = ("low", "high")
GROUPS = 4

#: Steps on the logarithm of a factor.
STEPS_OF_E = 100
LOWEST = math.ceil(STEPS_OF_E * math.log(0.5))
HIGHEST = math.floor(STEPS_OF_E * math.log(3))

#: The factor of each step from `LOWEST` to `HIGHEST`.
FACTORS = tuple(round(math.exp(step / STEPS_OF_E), 3) for step in range(LOWEST, HIGHEST + 1))

#: Size of the packed factors of a parameter, in bytes.
PACKED_BYTES = 1 + len(SIDES) * GROUPS

_FACTOR_OF = dict(zip(range(LOWEST, HIGHEST + 1), FACTORS, strict=True))
_CODES = tuple(PARAMETERS)
_STEPS = struct.Struct(f"<B{PACKED_BYTES - 1}b")


def factor_of(step: int) -> float:
    """Return the factor of a step, which is from `LOWEST` to `HIGHEST`; that of step 0 is 1."""
    return _FACTOR_OF[step]


def step_of(factor: float) -> int:
    """Return the nearest step of a factor, which must be more than 0."""
    return min(max(round(STEPS_OF_E * math.log(factor)), LOWEST), HIGHEST)


def pack_factors(calibration: Calibration) -> bytes:
    """Pack factors; parameters whose factors are all 1 are left out.

    Raises:
        UnknownParameterError: A parameter is not in the catalogue.
    """
    entries = [
        _STEPS.pack(_CODES.index(parameter(code).code), *steps)
        for code, sides in calibration.items()
        if any(steps := [step_of(factor) for side in SIDES for factor in sides[side]])
    ]
    return bytes([len(entries), *b"".join(entries)])


def cut_factors(packed: bytes) -> tuple[bytes, bytes]:
    """Cut the factors at the beginning of *packed*, without their number, from what follows.

    Raises:
        FormatError: *packed* ends too soon.
    """
    end = 1 + packed[0] * _STEPS.size if packed else 0
    if not 0 < end <= len(packed):
        raise FormatError("packed factors end too soon")
    return packed[1:end], packed[end:]


def unpack_factors(cut: bytes) -> dict[str, dict[str, list[float]]]:
    """Read factors back, as `cut_factors` returns them.

    Raises:
        FormatError: They are not factors that this version can read.
    """
    factors = {}
    try:
        for index, *steps in _STEPS.iter_unpack(cut):
            both = [*map(_FACTOR_OF.__getitem__, steps)]
            factors[_CODES[index]] = {"low": both[:GROUPS], "high": both[GROUPS:]}
    except (KeyError, IndexError, struct.error) as error:
        raise FormatError(f"not packed factors: {error!r}") from error
    return factors
