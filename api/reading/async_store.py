"""The store as coroutines read it: the event loop goes on while a read waits for the database."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from forecasts.item import Item, Key
from forecasts.stores.protocol import Reader

P = ParamSpec("P")
T = TypeVar("T")


#: Runs a blocking function with its arguments; Starlette's `run_in_threadpool` is one.
Runner = Callable[..., Awaitable[Any]]


async def run_here(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking function in this thread, for a process that answers one request at a time."""
    return function(*args, **kwargs)


class AsyncStore:
    """Reads a store without blocking the event loop.

    Args:
        store: May be used from several threads.
        runner: Runs each read.
    """

    def __init__(self, store: Reader, runner: Runner) -> None:
        self._store = store
        self._runner = runner

    def generation(self) -> int | None:
        """Return which database is open, as `Reader.generation` says; never waits for it.

        Raises:
            StoreError: The database is gone.
        """
        return self._store.generation()

    async def get(self, key: Key) -> Item | None:
        """Return the item at *key*; None if there is none or it has expired.

        Raises:
            StoreError: The store could not answer.
        """
        item: Item | None = await self._runner(self._store.get, key)
        return item

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return the items at *keys*; missing ones are left out.

        Raises:
            StoreError: The store could not answer for every key.
        """
        items: dict[Key, Item] = await self._runner(self._store.get_many, keys)
        return items

    async def run(
        self, function: Callable[Concatenate[Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `function(store, *args)`, for what reads the store several times or computes."""
        result: T = await self._runner(function, self._store, *args, **kwargs)
        return result
