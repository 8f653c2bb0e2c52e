"""Lists of prices, each a JSON file; two come with the package.

A price is found by its key, e.g. `hosting/ml.m5.large`. Prices are in US dollars, before tax.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from local.errors import CostError

#: The lists that come with the package: today's prices, and those of the book's comparison.
BUNDLED = {name: Path(__file__).parent / f"prices_{name}.json" for name in ("today", "book")}


@dataclass(frozen=True, slots=True)
class Query:
    """A query for a price in AWS's Price List API.

    Attributes:
        service: Its service code.
        usagetype: The usage type without the prefix of the region.
    """

    service: str
    usagetype: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price.

    Attributes:
        usd: The price of one *unit*.
        unit: What is paid for, in the singular.
        read: When it was read: a date, a month or a year.
        source: Where it was read.
        note: Other remarks, above all conflicts with other sources.
        free: Units a month that are always free.
        query: How to read it again; None if that is unknown.
    """

    usd: float
    unit: str
    read: str
    source: str
    note: str = ""
    free: float = 0.0
    query: Query | None = None

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            TypeError: A field is not a number; names it.
            ValueError: A number is out of range; names the field.
        """
        for name in ("usd", "free"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise TypeError(f"{name} {value!r} is not a number")
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} {value!r} is not a number from 0 up")

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Price":
        """Read what `to_json` shows.

        Raises:
            TypeError: A field is missing, unknown or not a number.
            ValueError: A number is out of range.
        """
        query = fields.get("query")
        return cls(**{**fields, "query": Query(**query) if query else None})

    def to_json(self) -> dict[str, Any]:
        """Show it as a JSON object without empty fields."""
        return {name: value for name, value in asdict(self).items() if value or name == "usd"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A list of prices.

    Attributes:
        name: Its name.
        region: The region of AWS.
        read: When it was compiled.
        about: Remarks on all of them.
        prices: Prices by key.
    """

    name: str
    region: str
    read: str
    about: str
    prices: Mapping[str, Price]

    def get(self, key: str) -> Price | None:
        """Return a price; None if the list does not have it."""
        return self.prices.get(key)

    def updated(self, prices: Mapping[str, Price], region: str, read: str) -> "Prices":
        """Return the list with the prices of some keys replaced."""
        return replace(self, prices={**self.prices, **prices}, region=region, read=read)

    def write(self, path: Path) -> None:
        """Write it as a file that `read_prices` reads.

        Raises:
            OSError: It cannot be written.
        """
        prices = {key: price.to_json() for key, price in self.prices.items()}
        content = {**asdict(self), "prices": prices}
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_prices(name: str) -> Prices:
    """Read a list of prices.

    Args:
        name: The name of a list that comes with the package, or the path of any other.

    Raises:
        CostError: It is not a list of prices; names the file and the price.
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
