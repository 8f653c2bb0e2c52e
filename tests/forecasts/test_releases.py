"""Releases: the record of an endpoint's weights, and rollbacks, on each store."""

from datetime import timedelta

import pytest

from forecasts.errors import ConflictError, FormatError
from forecasts.item import Item
from forecasts.release import MOST_EARLIER, Release, release_item, release_key, release_of
from forecasts.releases import (
    NoEarlierReleaseError,
    changed,
    current_release,
    put_release,
    rolled_back,
)
from tests.factories import NOW

HALF = {"depth5": 50.0, "depth10": 50.0}
CANARY = {"depth5": 95.0, "depth10": 5.0}
ALONE = {"depth5": 1.0, "depth10": 0.0}
LATER = NOW + timedelta(minutes=5)


def change(store, weights, before, now=NOW):
    """Record a change of the endpoint `e`."""
    release = changed(current_release(store, "e"), weights, before, now)
    put_release(store, release)
    return release


def test_no_release_at_first(store):
    """Before the first change, the release has no weights and cannot be rolled back."""
    known = current_release(store, "e")

    assert known == Release("e", {}, (), 0, None)
    with pytest.raises(NoEarlierReleaseError, match="endpoint e: no change"):
        rolled_back(known, NOW)


def test_a_change_is_kept(store):
    """The new weights, the old ones and the time are read back as they were recorded."""
    noted = change(store, CANARY, ALONE)

    assert current_release(store, "e") == noted == Release("e", CANARY, (ALONE,), 1, NOW)


def test_rollbacks_go_further_back(store):
    """Two changes are rolled back one after the other; there is no third."""
    change(store, CANARY, ALONE)
    change(store, HALF, CANARY)
    back = []
    for _ in range(2):
        release = rolled_back(current_release(store, "e"), LATER)
        put_release(store, release)
        back.append(release.weights)

    assert back == [CANARY, ALONE]
    with pytest.raises(NoEarlierReleaseError):
        rolled_back(current_release(store, "e"), LATER)


def test_the_second_change_is_refused(store):
    """If two changes start from the same release, one is refused and the other stays."""
    known = current_release(store, "e")
    put_release(store, changed(known, CANARY, ALONE, NOW))

    with pytest.raises(ConflictError):
        put_release(store, changed(known, HALF, ALONE, NOW))
    assert current_release(store, "e").weights == CANARY


def test_endpoints_are_separate(store):
    """Endpoints do not share their changes."""
    change(store, CANARY, ALONE)

    assert current_release(store, "other").version == 0


def test_old_changes_are_forgotten(store):
    """A release stays small: a limited number of changes can be rolled back."""
    for share in range(MOST_EARLIER + 3):
        change(store, {"a": share + 1.0}, {"a": float(share)})

    known = current_release(store, "e")
    assert (len(known.earlier), known.earlier[0]) == (MOST_EARLIER, {"a": MOST_EARLIER + 2.0})


@pytest.mark.parametrize(
    "body", [b"no", b"[]", b'{"weights":{}}', b'{"weights":1,"earlier":[],"changed_at":null}']
)
def test_a_broken_release_is_refused(body):
    """Bytes that are not a release are an error, not weights."""
    with pytest.raises(FormatError, match="not a release"):
        release_of(Item(release_key("e"), body, 1))


def test_the_format_stays():
    """A release that is already in the table stays readable."""
    item = release_item(Release("e", CANARY, (ALONE,), 3, NOW))

    assert item.key == ("RELEASE", "e")
    assert item.body == (
        b'{"weights":{"depth5":95.0,"depth10":5.0},'
        b'"earlier":[{"depth5":1.0,"depth10":0.0}],"changed_at":"2013-12-30T01:00:00Z"}'
    )
    assert release_of(item) == Release("e", CANARY, (ALONE,), 3, NOW)
