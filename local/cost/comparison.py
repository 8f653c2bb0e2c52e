"""The monthly costs of the ways of hosting, side by side.

There are two questions. **Lookups** of a station are the same for every caller, so they can be
computed once a night or for each request. **Context requests** depend on the caller's own readings,
so a model has to answer; the question is where it runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.cost.bill import Bill, Ledger
from local.cost.load import Load
from local.cost.prices import Prices
from local.cost.ways import LOOKUP_WAYS, MODEL_WAYS, Way
from local.cost.workload import Workload


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question, with a bill for each way to answer it.

    Attributes:
        about: The kind of requests: lookups or context requests.
        requests: Requests a month.
        bills: The bills, in the order of the ways.
    """

    about: str
    requests: float
    bills: tuple[Bill, ...]

    @property
    def cheapest(self) -> Bill | None:
        """The cheapest of the comparable ways.

        None if no way is possible, or if the list lacks a price that one of them needs.
        """
        comparable = [bill for bill in self.bills if bill.compares]
        if any(bill.unpriced for bill in comparable):
            return None
        return min(comparable, key=lambda bill: bill.usd, default=None)

    def bill(self, way: str) -> Bill:
        """Return the bill of a way, by its name."""
        return next(bill for bill in self.bills if bill.way == way)

    def to_json(self) -> dict[str, Any]:
        """Show it as a JSON object."""
        return {
            "about": self.about,
            "requests_a_month": round(self.requests, 6),
            "cheapest": self.cheapest.way if self.cheapest else None,
            "ways": [bill.to_json() for bill in self.bills],
        }


def compare_lookups(workload: Workload, prices: Prices, *, free_tier: bool = False) -> Comparison:
    """Compare computing forecasts once a night with computing them for each lookup.

    Args:
        workload: The stations and their requests.
        prices: The list of prices.
        free_tier: Whether each bill may use all of the monthly allowances.
    """
    load = Load(workload, workload.lookups)
    return Comparison("lookups", load.requests, _bills(LOOKUP_WAYS, load, prices, free_tier))


def compare_contexts(workload: Workload, prices: Prices, *, free_tier: bool = False) -> Comparison:
    """Compare the places where a model can answer context requests.

    Args:
        workload: The stations and their requests.
        prices: The list of prices.
        free_tier: Whether each bill may use all of the monthly allowances.
    """
    load = Load(workload, workload.contexts)
    return Comparison(
        "context requests", load.requests, _bills(MODEL_WAYS, load, prices, free_tier)
    )


def _bills(
    ways: Sequence[Way],
    load: Load,
    prices: Prices,
    free_tier: bool,  # noqa: FBT001 -- both callers have named it
) -> tuple[Bill, ...]:
    bills = []
    for way in ways:
        reason = way.refused(load)
        ledger = Ledger(prices, free_tier=free_tier)
        if not reason:
            way.write(load, ledger)
        bills.append(Bill(way.name, tuple(ledger.lines), reason, way.caveat))
    return tuple(bills)
