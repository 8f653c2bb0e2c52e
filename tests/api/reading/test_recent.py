"""A cache of values that take long to make."""

import asyncio

import pytest

from api.reading.recent import Recent


def test_made_once():
    """Requests for the same value at the same time make it once."""
    made = []

    async def make():
        made.append("x")
        await asyncio.sleep(0)
        return len(made)

    async def ask():
        recent = Recent(2)
        return await asyncio.gather(*(recent.get("a", make) for _ in range(5)))

    assert asyncio.run(ask()) == [1] * 5


def test_the_oldest_goes():
    """The value that was not requested for the longest time is dropped and made again."""
    made = []

    async def ask():
        recent = Recent(2)
        for key in "abacab":

            async def make(key=key):
                made.append(key)

            await recent.get(key, make)

    asyncio.run(ask())

    assert made == ["a", "b", "c", "b"]


def test_failures_are_not_kept():
    """A value that could not be made is tried again."""

    async def fail():
        raise ZeroDivisionError

    async def make():
        return 1

    async def ask():
        recent = Recent(1)
        with pytest.raises(ZeroDivisionError):
            await recent.get("a", fail)
        return await recent.get("a", make)

    assert asyncio.run(ask()) == 1
