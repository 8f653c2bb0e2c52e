"""Bodies that are sent in parts."""

import asyncio
import zlib

from api.http.streams import gzipped, in_parts

PIECES = [b"%d," % number for number in range(1000)]


async def _listed(parts):
    return [part async for part in parts]


def test_in_parts():
    """Pieces are sent many at once, and all of them."""
    parts = asyncio.run(_listed(in_parts(PIECES)))

    assert b"".join(parts) == b"".join(PIECES)
    assert len(parts) < 10


def test_others_have_their_turn():
    """Something else runs before the last part is made."""
    turns = []

    async def both():
        task = asyncio.create_task(_take(turns))
        seen = [len(turns) async for _ in in_parts(PIECES)]
        await task
        return seen

    assert asyncio.run(both())[:2] == [0, 1]


async def _take(turns):
    turns.append("other")


def test_gzipped():
    """What is compressed has no empty part, which would end the body for some servers."""
    parts = asyncio.run(_listed(gzipped(in_parts(PIECES))))

    assert all(parts)
    assert len(parts) < 5
    assert zlib.decompress(b"".join(parts), 31) == b"".join(PIECES)
