"""Prices: where they are kept, and what was read when, and where.

A list of prices is a JSON file; two come with the package. A price is found by its key, such as
`hosting/ml.m5.large`; all are in US dollars, before tax.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.errors import CostError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The lists that come with the package: of today, and of the book whose comparison is repeated.
BUNDLED = {name: Path(__file__).parent / f"prices_{name}.json" for name in ("today", "book")}


@dataclass(frozen=True, slots=True)
class Query:
    """How AWS's Price List API is asked for a price.

    Attributes:
        service: Its service code.
        usagetype: Without the prefix of the region.
    """

    service: str
    usagetype: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price.

    Attributes:
        usd: Of one *unit*.
        unit: What is paid for, in the singular.
        read: When it was read: a date, a month or a year.
        source: Where.
        note: What else one has to know, conflicts with other sources above all.
        free: Units a month that cost nothing, where there is such an allowance for good.
        query: How to read it again; None where nobody knows.
    """

    usd: float
    unit: str
    read: str
    source: str
    note: str = ""
    free: float = 0.0
    query: Query | None = None

    def __post_init__(self) -> None:
        """Refuse what is no price.

        Raises:
            ValueError: It names the field.
        """
        for name in ("usd", "free"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise TypeError(f"{name} {value!r} is not a number")
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} {value!r} is not a number from 0 up")

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Price:
        """Read what `to_json` shows.

        Raises:
            TypeError: A field is missing, unknown or no number.
            ValueError: One is no price.
        """
        query = fields.get("query")
        return cls(**{**fields, "query": Query(**query) if query else None})

    def to_json(self) -> dict[str, Any]:
        """Show it as a JSON object, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value or name == "usd"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A list of prices.

    Attributes:
        name: What to call it.
        region: Of AWS.
        read: When it was put together.
        about: What to know of all of them.
        prices: By key.
    """

    name: str
    region: str
    read: str
    about: str
    prices: Mapping[str, Price]

    def get(self, key: str) -> Price | None:
        """Return a price; None if the list does not have it."""
        return self.prices.get(key)

    def updated(self, prices: Mapping[str, Price], region: str, read: str) -> Prices:
        """Return the list with other prices in the place of those of the same keys."""
        return replace(self, prices={**self.prices, **prices}, region=region, read=read)

    def write(self, path: Path) -> None:
        """Write it as a file that `read_prices` reads.

        Raises:
            OSError: It cannot be written.
        """
        shown = {key: price.to_json() for key, price in self.prices.items()}
        content = {
            "name": self.name,
            "region": self.region,
            "read": self.read,
            "about": self.about,
            "prices": shown,
        }
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_prices(name: str) -> Prices:
    """Read a list that comes with the package, by its name, or any other, by its path.

    Raises:
        CostError: It is no list of prices; names the file and the price.
        OSError: There is no such file.
    """
    path = BUNDLED.get(name, Path(name))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        prices = {key: _price(path, key, fields) for key, fields in content.pop("prices").items()}
        return Prices(**content, prices=prices)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CostError(f"{path}: not a list of prices: {error}") from error


def _price(path: Path, key: str, fields: Mapping[str, Any]) -> Price:
    try:
        return Price.from_json(fields)
    except (ValueError, TypeError) as error:
        raise CostError(f"{path}: price {key}: {error}") from error
