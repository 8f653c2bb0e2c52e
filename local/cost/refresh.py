"""Prices read from AWS's Price List API.

It was tested against a server that follows AWS's documentation and published responses, never
against AWS itself: the usage types in the lists of prices may have other names there. A price stays
as it is, with the reason, if it is not found, found twice, or far from its old value.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from batch_jobs.progress import Track
from local.cost.prices import Price, Prices, Query
from local.errors import CostError

#: The region of the API, which has the prices of all regions.
API_REGION = "us-east-1"

#: A price that changes by a larger factor probably has another meaning or another unit.
_MOST_CHANGE = 5.0


class Pricing(Protocol):
    """The part of boto3's Price List client that is used here."""

    def get_paginator(self, operation_name: str, /) -> Any:
        """Return a paginator of an operation."""
        ...


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A list of prices after its refresh.

    Attributes:
        prices: The list as it is now.
        read: Keys of the prices that were read.
        kept: For each key whose price is still the old one, the reason.
    """

    prices: Prices
    read: tuple[str, ...]
    kept: Mapping[str, str]


class NotFoundError(CostError):
    """The API does not have exactly one price for a query; says what it has."""


def pricing_client() -> Pricing:
    """Return a client, made from boto3's own environment.

    Raises:
        CostError: That environment is malformed.
    """
    try:
        return boto3.client("pricing", region_name=API_REGION)  # type: ignore[no-any-return]  # has no stubs here
    except (BotoCoreError, ValueError) as error:  # ValueError: a malformed URL
        raise CostError(f"Price List API: {error}") from error


def refresh(prices: Prices, region: str, client: Pricing, now: datetime, track: Track) -> Refreshed:
    """Read all prices of a list that have a query.

    Args:
        prices: The old list.
        region: The region to read them for.
        client: A client of the Price List API.
        now: Aware time; each new price notes its day.
        track: Shows progress.

    Raises:
        CostError: The API cannot be asked at all.
    """
    today = now.date().isoformat()
    read: dict[str, Price] = {}
    kept: dict[str, str] = {}
    for key, price in track(prices.prices.items(), "Reading prices", len(prices.prices)):
        try:
            read[key] = _read(client, price, region, today)
        except NotFoundError as error:
            kept[key] = str(error)
    elsewhere = {
        key: replace(prices.prices[key], note=f"Of {prices.region}. {prices.prices[key].note}")
        for key in kept
        if region != prices.region
    }
    return Refreshed(prices.updated(elsewhere | read, region, today), tuple(read), kept)


def _read(client: Pricing, price: Price, region: str, today: str) -> Price:
    if price.query is None:
        raise NotFoundError("the list has no query for it")
    usagetype, sku, usd = _one(_products(client, price.query, region), price.query)
    if not price.usd / _MOST_CHANGE <= usd <= price.usd * _MOST_CHANGE:
        raise NotFoundError(f"{usagetype} is {usd:g} and was {price.usd:g}; check it")
    source = f"AWS Price List API, {usagetype}, SKU {sku}"
    return replace(price, usd=usd, read=today, source=source)


def _products(client: Pricing, query: Query, region: str) -> list[dict[str, Any]]:
    """Ask for the products whose usage type contains that of the query."""
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
        {"Type": "CONTAINS", "Field": "usagetype", "Value": query.usagetype},
    ]
    try:
        pages = client.get_paginator("get_products").paginate(
            ServiceCode=query.service, Filters=filters
        )
        return [json.loads(product) for page in pages for product in page["PriceList"]]
    except (BotoCoreError, ClientError, ValueError) as error:
        raise CostError(f"Price List API, {query.service}: {error}") from error


def _one(products: list[dict[str, Any]], query: Query) -> tuple[str, str, float]:
    """Return usage type, SKU and price of the one product that fits the query.

    Usage types begin with a region's short name, such as `EUC1-`, but often not in us-east-1.
    """
    named = {one["product"]["attributes"]["usagetype"]: one for one in products}
    pattern = re.compile(rf"(?:[A-Z]+[0-9]?-)?{re.escape(query.usagetype)}")
    meant = [name for name in named if pattern.fullmatch(name)]
    if query.usagetype in meant:
        meant = [query.usagetype]
    if len(meant) != 1:
        found = ", ".join(sorted(meant)) or "nothing"
        raise NotFoundError(f"searched for {query.usagetype}, found {found}")
    product = named[meant[0]]
    return meant[0], product["product"]["sku"], _dollars(product)


def _dollars(product: dict[str, Any]) -> float:
    """Return the price on demand of the first units that cost anything."""
    terms = product["terms"].get("OnDemand", {}).values()
    steps = [step for term in terms for step in term["priceDimensions"].values()]
    priced = [
        (float(step.get("beginRange", 0)), float(step["pricePerUnit"].get("USD", 0)))
        for step in steps
    ]
    paid = sorted((begin, usd) for begin, usd in priced if usd > 0)
    if not paid:
        raise NotFoundError(f"{product['product']['sku']} has no price in dollars")
    return paid[0][1]
