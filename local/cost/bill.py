"""A monthly bill, line by line."""

from dataclasses import asdict, dataclass
from typing import Any

from local.cost.prices import Prices


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill.

    Attributes:
        what: The thing that is used.
        quantity: How much of it is used in a month.
        unit: The unit of *quantity*, in the singular.
        usd: What it costs; None if the list has no price for it.
        arithmetic: How *usd* is calculated.
    """

    what: str
    quantity: float
    unit: str
    usd: float | None
    arithmetic: str

    def to_json(self) -> dict[str, Any]:
        """Show it as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bill:
    """The monthly bill of one way of hosting.

    Attributes:
        way: The name of the way.
        lines: What it uses; empty if *refused* is set.
        refused: Why it is not possible on AWS or in our own stack; "" if it is.
        caveat: What it lacks compared with the others; "" for nothing.
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
        """What is used but has no price in the list, so that *usd* is too low."""
        return tuple(line.what for line in self.lines if line.usd is None)

    @property
    def compares(self) -> bool:
        """Whether its price can be compared with those of the others."""
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
        free_tier: Whether this bill may use all of the account's monthly allowances.
    """

    def __init__(self, prices: Prices, *, free_tier: bool) -> None:
        self._prices = prices
        self._left = {k: p.free for k, p in prices.prices.items()} if free_tier else {}
        self.lines: list[Line] = []

    def add(self, what: str, key: str, quantity: float, why: str = "") -> None:
        """Write a line, unless nothing is used.

        Args:
            what: The thing that is used.
            key: The key of its price.
            quantity: How much is used, in the unit of that price.
            why: How the quantity is calculated.
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
    """Write a price; a very small one as the price of a million units."""
    return f"{usd:g}" if usd >= 0.001 else f"{usd * 1e6:g} a million"  # noqa: PLR2004 -- a tenth of a cent


def amount(value: float) -> str:
    """Write a quantity: whole from 100 up, with three significant digits below."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 -- three digits
