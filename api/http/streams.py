"""Bodies that are sent in parts while they are made: a long one is never there as a whole."""

import zlib
from asyncio import sleep
from collections.abc import AsyncIterator, Iterable
from itertools import islice

#: Pieces that are made before other requests have their turn.
_PIECES = 200

#: zlib's code for gzip.
_GZIP = 31


async def in_parts(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Send pieces, many at once."""
    left = iter(pieces)
    while part := b"".join(islice(left, _PIECES)):
        yield part
        await sleep(0)


async def gzipped(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Compress parts with gzip."""
    packer = zlib.compressobj(5, zlib.DEFLATED, _GZIP)
    async for part in parts:
        packed = packer.compress(part)
        if packed:
            yield packed
    yield packer.flush()
