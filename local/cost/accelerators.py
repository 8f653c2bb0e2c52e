"""Accelerators for deep models: the cost of a million inferences, from measured latencies."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from local.cost.instances import instance_of
from local.cost.prices import Prices
from local.errors import CostError

_MS_PER_HOUR = 3_600_000
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Accelerated:
    """The cost of inference on an instance, with an attached accelerator if there is one.

    Attributes:
        name: The instance type; an attached type follows after `+`.
        accelerator: What computes, e.g. `GPU (T4)` or `processor`.
        latency_ms: The measured latency of one request.
        usd_hour: Price of the instance and its attachment.
        usd_million: Cost of a million inferences if it is always busy.
        usd_month: Cost of an endpoint that is always on.
        status: Why AWS no longer offers it; "" if AWS does.
    """

    name: str
    accelerator: str
    latency_ms: float
    usd_hour: float
    usd_million: float
    usd_month: float
    status: str

    def to_json(self) -> dict[str, Any]:
        """Show it as a JSON object."""
        return asdict(self)


def compare_accelerators(
    latencies: Mapping[str, float], at_once: int, prices: Prices, hours: float
) -> list[Accelerated]:
    """Compare instance types, the cheapest inference first.

    Args:
        latencies: Milliseconds of one request by instance type; an attached type follows after `+`.
        at_once: Requests in flight during the measurement.
        prices: The prices of an hour.
        hours: Hours of a month.

    Raises:
        CostError: A type is unknown or has no price; names it.
    """
    found = [
        _accelerated(name, latency, at_once, prices, hours) for name, latency in latencies.items()
    ]
    return sorted(found, key=lambda one: one.usd_million)


def _accelerated(
    name: str, latency_ms: float, at_once: int, prices: Prices, hours: float
) -> Accelerated:
    types = name.split("+")
    instances = [instance_of(one) for one in types]
    usd_hour = sum(_hourly(one, prices) for one in types)
    usd_million = usd_hour / _MS_PER_HOUR * latency_ms / at_once * _MILLION
    accelerators = [one.accelerator for one in instances if one.accelerator]
    status = "; ".join(dict.fromkeys(one.history for one in instances if one.history))
    shown = ", ".join(accelerators) or "processor"
    return Accelerated(name, shown, latency_ms, usd_hour, usd_million, usd_hour * hours, status)


def _hourly(name: str, prices: Prices) -> float:
    price = prices.get(f"hosting/{name}")
    if price is None:
        history = instance_of(name).history
        because = f" ({history}); --prices book has one" if history else ""
        raise CostError(f"the list {prices.name!r} has no price for an hour of {name}{because}")
    return price.usd
