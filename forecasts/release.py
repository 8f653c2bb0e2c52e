"""A release: which share of an endpoint's requests goes to which production variant.

A rollback needs the weights before a change. SageMaker does not keep them, so the table does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from forecasts.damage import reading
from forecasts.forecast import dumps
from forecasts.item import RELEASE_PK, Item, Key
from forecasts.times import from_text, utc_text

#: How many changes can be undone, one after the other.
MOST_EARLIER = 20


@dataclass(frozen=True, slots=True)
class Release:
    """The current and the earlier weights of an endpoint.

    Attributes:
        endpoint_name: The endpoint.
        weights: The weights set last, by name of the production variant; a variant's share is its
            weight divided by their sum.
        earlier: The weights that rollbacks restore, newest first.
        version: Counts the changes; 0 before the first.
        changed_at: Aware UTC time of the last change; None before the first.
    """

    endpoint_name: str
    weights: Mapping[str, float]
    earlier: tuple[Mapping[str, float], ...]
    version: int
    changed_at: datetime | None


def release_key(endpoint_name: str) -> Key:
    """Key of the weights of an endpoint's variants."""
    return Key(RELEASE_PK, endpoint_name)


def release_item(release: Release) -> Item:
    """Make the item that holds the current and the earlier weights of an endpoint."""
    fields = {
        "weights": dict(release.weights),
        "earlier": [dict(weights) for weights in release.earlier],
        "changed_at": release.changed_at and utc_text(release.changed_at),
    }
    return Item(release_key(release.endpoint_name), dumps(fields), release.version)


def release_of(item: Item) -> Release:
    """Read a release back.

    Raises:
        DamagedItemError: The item is not a release that this version can read.
    """
    advice = "delete it: the weights are those of the endpoint, and earlier ones are forgotten"
    with reading(*item.key, "release", advice):
        fields = json.loads(item.body)
        weights = dict(fields["weights"])
        earlier = tuple(dict(weights) for weights in fields["earlier"])
        changed_at = fields["changed_at"] and from_text(fields["changed_at"])
        return Release(item.key.sk, weights, earlier, item.version or 0, changed_at)
