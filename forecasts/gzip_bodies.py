"""Compressed bodies: how forecasts, catalogues and maps are stored, and how a lookup sends them.

Bodies of earlier nights may end with a flush, so that they could be joined without decompressing
them (decision 18). Any gzip reader can read them.
"""

import zlib
from collections.abc import Iterable

from forecasts.errors import FormatError

#: zlib's code for one gzip member, with its header and checksum.
_GZIP = 31


def compress(body: bytes, level: int = 9) -> bytes:
    """Compress with gzip; the same body always gives the same bytes."""
    return zlib.compress(body, level, _GZIP)


def compress_columns(columns: Iterable[bytes]) -> bytes:
    """Compress bytes that follow each other, each with a code of its own.

    This is shorter if each has other bytes often, and patterns do not repeat: by a fifth, for the
    columns of the map of skill.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP, strategy=zlib.Z_RLE)
    packed = [packer.compress(each) + packer.flush(zlib.Z_FULL_FLUSH) for each in columns]
    return b"".join(packed) + packer.flush()


def decompress(body: bytes) -> bytes:
    """Undo `compress`; any other single gzip member can be read, too.

    Raises:
        FormatError: *body* is not gzip, is incomplete or damaged, or has more bytes after its end.
    """
    try:
        content = zlib.decompress(body, _GZIP)
    except (zlib.error, TypeError) as error:  # SQLite may hold a text instead
        raise FormatError(f"not a compressed body: {error}") from error
    # zlib ignores what follows the end, but clients that are sent the body would not. The last four
    # bytes of gzip are the length of the content.
    if body[-4:] != len(content).to_bytes(4, "little"):
        raise FormatError("not a compressed body: there are more bytes after its end")
    return content
