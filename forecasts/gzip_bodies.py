"""Compressed bodies: how forecasts, catalogues and maps are stored, and how a lookup sends them.

Bodies of earlier nights may end with a flush that once allowed them to be joined without being
decompressed (decision 18). To a reader they are ordinary gzip.
"""

from __future__ import annotations

import zlib

from forecasts.errors import FormatError

#: zlib's code for one gzip member, with its header and checksum.
_GZIP = 31


def compress(body: bytes, level: int = 9) -> bytes:
    """Compress with gzip; the same body gives the same bytes on any day."""
    return zlib.compress(body, level, _GZIP)


def decompress(body: bytes) -> bytes:
    """Undo `compress`; reads any other single gzip member, too.

    Raises:
        FormatError: *body* is not gzip, or only a part of it.
    """
    try:
        return zlib.decompress(body, _GZIP)
    except zlib.error as error:
        raise FormatError(f"not a compressed body: {error}") from error
