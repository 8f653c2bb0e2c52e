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
from collections.abc import Mapping

from forecasts.errors import FormatError
from forecasts.parameter import PARAMETERS, parameter

#: For each parameter code, the factors of each group of lead times by side.
Calibration = Mapping[str, Mapping[str, list[float]]]

SIDES = ("low", "high")
GROUPS = 4

#: Steps on the logarithm of a factor.
STEPS_OF_E = 100
LOWEST = math.ceil(STEPS_OF_E * math.log(0.5))
HIGHEST = math.floor(STEPS_OF_E * math.log(3))

#: The factor of each step from `LOWEST` to `HIGHEST`.
FACTORS = tuple(round(math.exp(step / STEPS_OF_E), 3) for step in range(LOWEST, HIGHEST + 1))

_CODES = tuple(PARAMETERS)
_STEPS = struct.Struct(f"<B{len(SIDES) * GROUPS}b")


def factor_of(step: int) -> float:
    """Return the factor of a step, which is from `LOWEST` to `HIGHEST`; that of step 0 is 1."""
    return FACTORS[step - LOWEST]


def step_of(factor: float) -> int:
    """Return the nearest step of a factor, which must be more than 0."""
    return min(max(round(STEPS_OF_E * math.log(factor)), LOWEST), HIGHEST)


def pack_factors(calibration: Calibration) -> bytes:
    """Pack factors; parameters whose factors are all 1 are left out.

    Raises:
        UnknownParameterError: A parameter is not in the catalogue.
    """
    packed = [
        _STEPS.pack(_CODES.index(parameter(code).code), *steps)
        for code, sides in calibration.items()
        if any(steps := [step_of(factor) for side in SIDES for factor in sides[side]])
    ]
    return bytes([len(packed), *b"".join(packed)])


def unpack_factors(packed: bytes) -> tuple[dict[str, dict[str, list[float]]], int]:
    """Read factors back from the beginning of *packed*; return them, and where they end.

    Raises:
        FormatError: They are not factors that this version can read.
    """
    try:
        end = 1 + packed[0] * _STEPS.size
        whole = packed[1:end]
        found = {_CODES[index]: _sides(steps) for index, *steps in _STEPS.iter_unpack(whole)}
    except (struct.error, IndexError) as error:
        raise FormatError(f"not packed factors: {error!r}") from error
    if len(whole) != end - 1:
        raise FormatError("packed factors end too soon")
    return found, end


def _sides(steps: list[int]) -> dict[str, list[float]]:
    if min(steps) < LOWEST or max(steps) > HIGHEST:
        raise FormatError(f"packed factors are not from step {LOWEST} to {HIGHEST}: {steps}")
    factors = [factor_of(step) for step in steps]
    return {"low": factors[:GROUPS], "high": factors[GROUPS:]}
