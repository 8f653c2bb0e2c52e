"""Releases in a store: the current weights, the earlier ones, and the way back.

Each change is written to the store before it is made. So the second of two simultaneous changes is
refused, and the earlier weights are known even if the change fails half-way.
"""

from collections.abc import Mapping
from datetime import datetime

from forecasts.errors import ForecastsError
from forecasts.release import MOST_EARLIER, Release, release_item, release_key, release_of
from forecasts.stores.protocol import Reader, Store


class NoEarlierReleaseError(ForecastsError):
    """There is no earlier release to roll back to."""

    def __init__(self, endpoint_name: str) -> None:
        self.endpoint_name = endpoint_name
        super().__init__(
            f"endpoint {endpoint_name}: no change of its weights is known; nothing to roll back"
        )


def current_release(store: Reader, endpoint_name: str) -> Release:
    """Return the release in the store; one of version 0 before the first change."""
    item = store.get(release_key(endpoint_name))
    return release_of(item) if item else Release(endpoint_name, {}, (), 0, None)


def changed(
    known: Release, weights: Mapping[str, float], before: Mapping[str, float], now: datetime
) -> Release:
    """Return the release after a change.

    Args:
        known: The release in the store.
        weights: The new weights.
        before: The weights that the endpoint has now, even if another program set them; a rollback
            restores these.
        now: Aware time of the change.
    """
    earlier = (before, *known.earlier)[:MOST_EARLIER]
    return Release(known.endpoint_name, weights, earlier, known.version + 1, now)


def rolled_back(known: Release, now: datetime) -> Release:
    """Return the release after a rollback; the next rollback goes further back.

    Raises:
        NoEarlierReleaseError: No change is known, or all changes were rolled back already.
    """
    if not known.earlier:
        raise NoEarlierReleaseError(known.endpoint_name)
    weights, *earlier = known.earlier
    return Release(known.endpoint_name, weights, tuple(earlier), known.version + 1, now)


def put_release(store: Store, release: Release) -> None:
    """Replace the previous version of a release.

    Raises:
        ConflictError: Another process changed the same endpoint in between.
    """
    store.put(release_item(release), expected=release.version - 1)
