"""Reads of the store and the event loop."""

import asyncio
import threading

import httpx

from api.app import make_app
from api.reading.async_store import AsyncStore, run_here
from forecasts.item import Key

KEY = Key("RUN", "CURRENT")


class WaitingStore:
    """A store in which every read waits until the test releases it."""

    def __init__(self):
        self.asked = threading.Event()
        self.released = threading.Event()

    def get(self, _key):
        """Wait, and find nothing."""
        self.asked.set()
        assert self.released.wait(30)

    def generation(self):
        """Return that of a store that was never replaced."""
        return 0


def test_a_slow_read_holds_up_no_other_request(clock):
    """While one request waits for the store, another one is answered."""
    store = WaitingStore()

    async def ask():
        transport = httpx.ASGITransport(make_app(store, clock))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            lookup = asyncio.create_task(client.get("/v1/stations/JFK/forecast"))
            await asyncio.to_thread(store.asked.wait, 30)
            health = await client.get("/healthz")
            waiting = not lookup.done()
            store.released.set()
            return health.status_code, waiting, (await lookup).status_code

    assert asyncio.run(ask()) == (200, True, 503)


def test_a_process_for_one_request_reads_in_its_own_thread():
    """`run_here` starts no thread."""

    class Threads(dict):
        """A store that notes the thread of each read."""

        def get(self, key):
            """Note the current thread."""
            return key, threading.current_thread()

    read = asyncio.run(AsyncStore(Threads(), run_here).get(KEY))

    assert read == (KEY, threading.main_thread())
