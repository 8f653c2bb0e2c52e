"""A cache of what takes long to make: the values asked for last, each made once."""

from asyncio import Lock
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Keeps the values that were asked for last.

    Args:
        size: How many values are kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._making = Lock()

    async def get(self, key: Hashable, make: Callable[[], Awaitable[V]]) -> V:
        """Return the value of *key*; requests that come while it is made wait for it.

        Args:
            key: Names the value.
            make: Makes it. What it raises is passed on, and nothing is kept.
        """
        if key not in self._values:
            async with self._making:
                await self._make(key, make)
        self._values.move_to_end(key)
        value = self._values[key]
        while len(self._values) > self._size:
            self._values.popitem(last=False)
        return value

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[V]]) -> None:
        if key not in self._values:
            self._values[key] = await make()
