"""Cost against requests: the curves of all ways, and their break-even points."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from local.cost.comparison import Comparison

#: Points of a curve for each factor of ten.
_POINTS = 12
#: Halvings of the distance between two points: 2 ** -20 of a twelfth of a decade.
_HALVINGS = 20


@dataclass(frozen=True, slots=True)
class BreakEven:
    """A number of requests at which another way becomes the cheapest.

    Attributes:
        requests: Requests a month.
        usd: The cost of both ways at that number.
        below: The cheapest way for fewer requests.
        above: The cheapest way for more requests.
    """

    requests: float
    usd: float
    below: str
    above: str

    def to_json(self) -> dict[str, object]:
        """Show it as a JSON object."""
        return {
            "requests_a_month": float(f"{self.requests:.4g}"),
            "usd": round(self.usd, 4),
            "below": self.below,
            "above": self.above,
        }


@dataclass(frozen=True, slots=True)
class Curves:
    """Cost against requests.

    Attributes:
        about: The kind of requests.
        requests: Requests a month, rising.
        usd: Costs by way; NaN if the way is not possible.
        break_evens: The break-even points, by rising requests.
    """

    about: str
    requests: Sequence[float]
    usd: dict[str, list[float]]
    break_evens: tuple[BreakEven, ...]


def curves_of(compare: Callable[[float], Comparison], low: float, high: float) -> Curves:
    """Calculate what all ways cost between two numbers of requests.

    Args:
        compare: Returns the bills for a number of requests a month.
        low: The lower number of requests a month, more than 0.
        high: The higher number, more than *low*.
    """
    steps = math.ceil(math.log10(high / low) * _POINTS)
    requests = [low * (high / low) ** (step / steps) for step in range(steps + 1)]
    compared = [compare(count) for count in requests]
    ways = [bill.way for bill in compared[0].bills]
    usd = {
        way: [math.nan if (bill := one.bill(way)).refused else bill.usd for one in compared]
        for way in ways
    }
    return Curves(compared[0].about, requests, usd, _break_evens(compare, compared))


def _break_evens(
    compare: Callable[[float], Comparison], compared: Sequence[Comparison]
) -> tuple[BreakEven, ...]:
    return tuple(
        _between(compare, left, right)
        for left, right in pairwise(compared)
        if _best(left) != _best(right)
    )


def _between(
    compare: Callable[[float], Comparison], left: Comparison, right: Comparison
) -> BreakEven:
    """Find the point at which the cheapest way stops being that of *left*, by bisection."""
    below = _best(left)
    for _ in range(_HALVINGS):
        middle = compare(math.sqrt(left.requests * right.requests))
        if _best(middle) == below:
            left = middle
        else:
            right = middle
    usd = right.cheapest.usd if right.cheapest else math.nan
    return BreakEven(right.requests, usd, below, _best(right))


def _best(comparison: Comparison) -> str:
    return comparison.cheapest.way if comparison.cheapest else ""
