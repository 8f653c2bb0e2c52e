r"""Compressed bodies that can be joined as they are: how forecasts, catalogues and maps are stored.

An answer about a hundred stations is made of a hundred stored bodies. To inflate and to deflate
them would cost more than all else, so it is not done: a body is gzip like any other, but one whose
compressed data ends on a byte and is not the end of its stream. That is the block after it, which
is empty:

| bytes | what                                                                      |
|------:|---------------------------------------------------------------------------|
|    10 | header of gzip, without a time; it says that the body is of this form      |
|       | blocks of deflate; the last is empty, and fills the byte (a "sync flush")  |
|     2 | a block that is empty, too, and says that it is the last                   |
|     8 | CRC-32 and length of what was compressed                                   |

Blocks may follow blocks of another body, and the CRC of both comes from the CRC of each.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from forecasts.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: "Made by: unknown", where zlib's own gzip says what it runs on.
_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_SYNC, _LAST = b"\0\0\xff\xff", b"\3\0"
#: The last block, CRC and length.
_TRAILER = struct.Struct("<2sLL")

#: Longer than what a station's body holds.
_ZEROS = memoryview(bytes(16_384))


def compress(body: bytes, level: int = 9) -> bytes:
    """Compress with gzip, the same bytes for the same body on any day."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15, 9)
    blocks = compressor.compress(body) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return b"".join((_HEADER, blocks, _TRAILER.pack(_LAST, zlib.crc32(body), len(body))))


def decompress(body: bytes) -> bytes:
    """Undo `compress`; also what any other gzip has made.

    Raises:
        FormatError: *body* is not gzip.
    """
    try:
        return zlib.decompress(body, 31)
    except zlib.error as error:
        raise FormatError(f"not a compressed body: {error}") from error


def joined(bodies: Iterable[bytes], before: bytes, between: bytes, after: bytes) -> bytes:
    """Join compressed bodies with some text around and between them, without inflating them.

    Args:
        bodies: In gzip; those that are not of this module's form are compressed anew.
        before: At most 65,535 bytes, as the next two.
        between: Stands between two bodies.
        after: Follows the last one.

    Returns:
        gzip, whole, of the whole.

    Raises:
        FormatError: A body is not gzip.
    """
    crc, length = zlib.crc32(before), len(before)
    parts = [_HEADER, _block(before)]
    separator, gap = b"", b""
    block_between = _block(between)
    for body in bodies:
        blocks, crc_of_body, size = _parts_of(body)
        parts += (gap, blocks)
        # The CRC of two texts is that of the first, moved on by zeros, and that of the second.
        zeros = _ZEROS[:size] if size <= len(_ZEROS) else bytes(size)
        crc = zlib.crc32(zeros, zlib.crc32(separator, crc)) ^ _crc_of_zeros(size) ^ crc_of_body
        length += len(separator) + size
        separator, gap = between, block_between
    crc, length = zlib.crc32(after, crc), (length + len(after)) & 0xFFFFFFFF
    return b"".join((*parts, _block(after), _TRAILER.pack(_LAST, crc, length)))


def _parts_of(body: bytes) -> tuple[bytes, int, int]:
    """Return the blocks of a body without the last, its CRC and its length."""
    end = len(body) - _TRAILER.size
    if body.startswith(_HEADER) and body[end - len(_SYNC) : end + len(_LAST)] == _SYNC + _LAST:
        _, crc, size = _TRAILER.unpack_from(body, end)
        return body[len(_HEADER) : end], crc, size
    return _parts_of(compress(decompress(body), 1))


@lru_cache(maxsize=8)
def _block(text: bytes) -> bytes:
    """Write a block of deflate that holds *text* as it is."""
    return struct.pack("<BHH", 0, len(text), len(text) ^ 0xFFFF) + text


@lru_cache(maxsize=4096)
def _crc_of_zeros(size: int) -> int:
    return zlib.crc32(bytes(size))
