"""Puts many items into DynamoDB: in batches, several batches at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from forecasts.item import Item, Key
from forecasts.stores.dynamodb.retries import chunks

#: The most items that BatchWriteItem takes.
WRITE_BATCH = 25

#: How many batches are written at the same time; as many more may wait for their turn.
IN_FLIGHT = 8


def put_batches(items: Iterable[Item], put: Callable[[Sequence[Item]], float]) -> float:
    """Put items, several batches at a time; return the write units consumed.

    *items* is read while batches are being written. If items have the same key, the last one wins.
    DynamoDB refuses two of them in one batch and does not keep the order of batches, so an item
    whose key is being written waits until everything before it is written.

    Args:
        items: Any number of items.
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
    """Yield batches without duplicate keys: the last item of each key among 25 in a row."""
    for chunk in chunks(items, WRITE_BATCH):
        yield {item.key: item for item in chunk}


def _finished(under_way: dict[Future[float], set[Key]], most: int) -> float:
    """Wait until at most *most* batches are under way; return the units of the finished ones."""
    units = 0.0
    while len(under_way) > most:
        done, _ = wait(under_way, return_when=FIRST_COMPLETED)
        for future in done:
            del under_way[future]
            units += future.result()
    return units
