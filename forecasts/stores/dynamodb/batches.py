"""Many items on their way to DynamoDB: batches, several at a time."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from forecasts.stores.dynamodb.retries import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from forecasts.item import Item, Key

#: What BatchWriteItem takes at most.
WRITE_BATCH = 25

#: Batches being written at the same time; as many again wait for their turn.
IN_FLIGHT = 8


def put_batches(items: Iterable[Item], put: Callable[[Sequence[Item]], float]) -> float:
    """Put items, several batches at a time; return write units consumed.

    Items are drawn while batches are on their way. Of items with the same key the last one
    stays: DynamoDB refuses two in one batch and keeps no order between batches, so an item
    whose key is still on its way waits until everything before it is written.

    Args:
        items: However many.
        put: Puts a batch and returns its write units; called from several threads.
    """
    units = 0.0
    under_way: dict[Future[float], set[Key]] = {}
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        for batch in _batches(items):
            keys = set(batch)
            again = any(not keys.isdisjoint(others) for others in under_way.values())
            units += _finished(under_way, 0 if again else 2 * IN_FLIGHT)
            under_way[pool.submit(put, list(batch.values()))] = keys
        return units + _finished(under_way, 0)


def _batches(items: Iterable[Item]) -> Iterator[dict[Key, Item]]:
    """Yield batches of different keys; of items with the same key in a row of 25, the last."""
    for chunk in chunks(items, WRITE_BATCH):
        yield {item.key: item for item in chunk}


def _finished(under_way: dict[Future[float], set[Key]], most: int) -> float:
    """Wait until at most *most* batches are under way; return what the finished ones cost."""
    units = 0.0
    while len(under_way) > most:
        done, _ = wait(under_way, return_when=FIRST_COMPLETED)
        for future in done:
            del under_way[future]
            units += future.result()
    return units
