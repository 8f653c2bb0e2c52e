"""Faults of the stand-in, which can be switched on while it runs.

PUT /faults     {"delay_seconds": 5, "error_rate": 0.3}   switches these on and all others off
GET /faults     shows them
DELETE /faults  switches all off
"""

import json
import math
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from typing import Any

from local.standin.errors import FaultsError

#: Longer than any client waits.
MAX_DELAY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of an endpoint. Rates are shares of its requests, from 0 to 1.

    Attributes:
        delay_seconds: How much longer every response of the model takes.
        error_rate: Requests to which the model responds with status 500.
        drop_rate: Requests whose connection is closed without a response.
        throttle_rate: Requests that the service refuses with ThrottlingException.
        refuse: Whether connections are refused.
        variant: The only variant that has these faults; None for all.
    """

    delay_seconds: float = 0.0
    error_rate: float = 0.0
    drop_rate: float = 0.0
    throttle_rate: float = 0.0
    refuse: bool = False
    variant: str | None = None

    @classmethod
    def from_json(cls, body: bytes, variants: Collection[str]) -> "Faults":
        """Read the body of a PUT.

        Args:
            body: A JSON object.
            variants: The names of the endpoint's variants.

        Raises:
            FaultsError: It is not JSON, or a field is unknown or out of its range.
        """
        given = _object(body)
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(given) - set(known)):
            raise FaultsError(f"{unknown[0]!r} is not a fault; the faults are {', '.join(known)}")
        _check_number(given, "delay_seconds", MAX_DELAY_SECONDS)
        for rate in ("error_rate", "drop_rate", "throttle_rate"):
            _check_number(given, rate, 1.0)
        _check_target(given, variants)
        return cls(**given)

    def to_json(self) -> dict[str, Any]:
        """Return all faults, on or off."""
        return asdict(self)

    def concern(self, variant: str) -> bool:
        """Return whether a variant has these faults."""
        return self.variant in (None, variant)


NO_FAULTS = Faults()


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError as error:
        raise FaultsError(f"not JSON: {error}") from error
    if not isinstance(given, dict):
        raise FaultsError("not a JSON object")
    return given


def _check_number(given: dict[str, Any], name: str, most: float) -> None:
    value = given.get(name, 0.0)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= most:
        raise FaultsError(f"{name!r} is {value!r}, not a number from 0 to {most:g}")


def _check_target(given: dict[str, Any], variants: Collection[str]) -> None:
    refuse, variant = given.get("refuse", False), given.get("variant")
    if not isinstance(refuse, bool):
        raise FaultsError(f"'refuse' is {refuse!r}, not true or false")
    if variant is not None and variant not in variants:
        raise FaultsError(
            f"'variant' is {variant!r}; the variants are {', '.join(sorted(variants))}"
        )
    if refuse and variant is not None:
        raise FaultsError("'refuse' concerns the whole endpoint; leave out 'variant'")
