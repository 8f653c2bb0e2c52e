"""A monthly bill: what is used, what it costs, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.cost.prices import Prices


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill.

    Attributes:
        what: Is used.
        quantity: How much of it in a month.
        unit: Of *quantity*, in the singular.
        usd: What it costs; None where the list has no price for it.
        arithmetic: How *usd* comes about.
    """

    what: str
    quantity: float
    unit: str
    usd: float | None
    arithmetic: str

    def to_json(self) -> dict[str, Any]:
        """Show it as a JSON object."""
        return {
            "what": self.what,
            "quantity": self.quantity,
            "unit": self.unit,
            "usd": self.usd,
            "arithmetic": self.arithmetic,
        }


@dataclass(frozen=True, slots=True)
class Bill:
    """What one way of hosting costs in a month.

    Attributes:
        way: Its name.
        lines: What is used; none where *refused* is set.
        refused: Why AWS, or our own stack, does not take it; "" if it does.
        caveat: What it does not do that the others do; "" for nothing.
    """

    way: str
    lines: tuple[Line, ...] = ()
    refused: str = ""
    caveat: str = ""

    @property
    def usd(self) -> float:
        """The sum of the lines that have a price."""
        return sum(line.usd for line in self.lines if line.usd is not None)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """What is used and has no price in the list: *usd* is too low by it."""
        return tuple(line.what for line in self.lines if line.usd is None)

    @property
    def compares(self) -> bool:
        """Whether it does the same as the others, so that the cheapest can be found among them."""
        return not self.refused and not self.caveat

    def to_json(self) -> dict[str, Any]:
        """Show it as a JSON object."""
        return {
            "way": self.way,
            "usd": None if self.refused else round(self.usd, 6),
            "refused": self.refused or None,
            "caveat": self.caveat or None,
            "unpriced": list(self.unpriced),
            "lines": [line.to_json() for line in self.lines],
        }


class Ledger:
    """Writes the lines of one bill.

    Args:
        prices: What things cost.
        free_tier: Whether the account's monthly allowances are all there for this bill.
    """

    def __init__(self, prices: Prices, *, free_tier: bool) -> None:
        self._prices = prices
        self._left = {k: p.free for k, p in prices.prices.items()} if free_tier else {}
        self.lines: list[Line] = []

    def add(self, what: str, key: str, quantity: float, why: str = "") -> None:
        """Write a line, unless nothing is used.

        Args:
            what: Is used.
            key: Of its price.
            quantity: In the unit of that price.
            why: How the quantity comes about.
        """
        if quantity <= 0:
            return
        price = self._prices.get(key)
        if price is None:
            no_price = f"no price for {key} in the list {self._prices.name!r}"
            self.lines.append(Line(what, quantity, "", None, no_price))
            return
        free = min(quantity, self._left.get(key, 0.0))
        self._left[key] = self._left.get(key, 0.0) - free
        shown = f"{why} = " if why else ""
        shown += f"{amount(quantity)} {_units(price.unit)} x {_dollars(price.usd)}"
        shown += f", {amount(free)} of them free" if free else ""
        self.lines.append(Line(what, quantity, price.unit, (quantity - free) * price.usd, shown))


def _units(unit: str) -> str:
    return unit if unit.startswith("GB") else f"{unit}s"


def _dollars(usd: float) -> str:
    """Write a price: of a million units where one costs next to nothing."""
    return f"{usd:g}" if usd >= 0.001 else f"{usd * 1e6:g} a million"  # noqa: PLR2004 -- a tenth of a cent


def amount(value: float) -> str:
    """Write a quantity: whole from 100 up, with three digits that count below."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 -- three digits
