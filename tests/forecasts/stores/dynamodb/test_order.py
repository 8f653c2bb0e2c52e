"""Several batches are written at once, but never two with the same key."""

import threading

import pytest

from forecasts.item import Item, Key
from forecasts.stores.dynamodb.batches import IN_FLIGHT, WRITE_BATCH
from forecasts.stores.dynamodb.boto import DynamoDBStore
from tests import dynamodb_local


class Traffic:
    """Counts the batches in flight, from the events of a client."""

    def __init__(self, client):
        self._lock = threading.Lock()
        self._under_way = []
        self.most = 0
        self.together = set()
        client.meta.events.register("provide-client-params.dynamodb.BatchWriteItem", self._begin)
        client.meta.events.register("after-call.dynamodb.BatchWriteItem", self._end)

    def _begin(self, params, context, **_kwargs):
        (requests,) = params["RequestItems"].values()
        context["keys"] = {request["PutRequest"]["Item"]["pk"]["S"] for request in requests}
        with self._lock:
            self.together |= context["keys"].intersection(*[set().union(*self._under_way)])
            self._under_way.append(context["keys"])
            self.most = max(self.most, len(self._under_way))

    def _end(self, context, **_kwargs):
        with self._lock:
            self._under_way.remove(context["keys"])


@pytest.fixture
def client(dynamodb_url):
    """A separate client, whose events are counted."""
    return dynamodb_local.client_of(dynamodb_url)


def items_of(keys, body=b""):
    """Return an item for each key."""
    return [Item(Key(f"S#{key}", "F#1"), body) for key in keys]


def test_different_keys_go_together(client, table, clock):
    """Batches do not wait for each other."""
    traffic = Traffic(client)
    DynamoDBStore(table, clock, client).put_many(items_of(range(20 * WRITE_BATCH)))

    assert 1 < traffic.most <= IN_FLIGHT
    assert traffic.together == set()


def test_the_same_key_waits(client, table, clock):
    """An item waits until an earlier one with its key is written, so that the last one stays."""
    traffic = Traffic(client)
    store = DynamoDBStore(table, clock, client)
    store.put_many(
        item for n in range(12) for item in items_of(range(WRITE_BATCH), f"{n}".encode())
    )

    assert traffic.together == set()
    assert {store.get(item.key).body for item in items_of(range(WRITE_BATCH))} == {b"11"}


def test_items_are_drawn_while_batches_are_on_their_way(client, table, clock):
    """Items are drawn, up to a limit, while batches are being written."""
    traffic = Traffic(client)
    seen = []

    def source():
        for item in items_of(range(40 * WRITE_BATCH)):
            seen.append(traffic.most)
            yield item

    DynamoDBStore(table, clock, client).put_many(source())

    assert seen[0] == 0
    assert seen[-1] > 0
