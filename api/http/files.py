"""Files of this machine: whole, or the range of bytes that a client asks for.

One range is enough for clients that read Parquet or resume a download. Several at once, and what
cannot be read as a range, get the whole file, as RFC 9110 allows. Starlette's `FileResponse` has
ranges, too, but refuses them in plain text, and sends a file on that was replaced in between.
"""

import os
import re
from collections.abc import AsyncIterator
from typing import NamedTuple

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.errors import UnsatisfiableRangeError
from api.http.conditional import header, is_confirmed
from api.http.middleware import SENT_METHOD
from api.reading.downloads import LocalFile, version_of
from api.reading.snapshot import RawHeaders

_RANGE = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})")
_AT_ONCE = 262_144


class ByteRange(NamedTuple):
    """Some bytes of a file.

    Attributes:
        start: The first one.
        end: The one after the last one.
    """

    start: int
    end: int


def of_file(request: Request, file: LocalFile, etag: str, fields: RawHeaders) -> Response:
    """Answer with a file, or with a range of it; with 304 if the client has it.

    Args:
        request: The request.
        file: The file.
        etag: Strong; another one if the file is written again.
        fields: Header fields of the answer and of a 304.

    Raises:
        UnsatisfiableRangeError: The range begins after the end of the file.
    """
    fields = [*fields, (b"etag", etag.encode()), (b"accept-ranges", b"bytes")]
    if is_confirmed(etag, header(request, b"if-none-match")):
        answer = Response(status_code=304)
        answer.raw_headers = fields
        return answer
    wanted, status = _wanted(request, etag, file.size), 206
    if wanted is None:
        wanted, status = ByteRange(0, file.size), 200
    else:
        said = b"bytes %d-%d/%d" % (wanted.start, wanted.end - 1, file.size)
        fields.append((b"content-range", said))
    answer = _body(request, file, wanted, status)
    answer.raw_headers = [*fields, (b"content-length", b"%d" % (wanted.end - wanted.start))]
    return answer


def range_of(text: bytes, size: int) -> ByteRange | None:
    """Read the header `Range` for a file of *size* bytes; None if the whole file is the answer.

    Raises:
        UnsatisfiableRangeError: It begins after the end of the file.

    >>> range_of(b"bytes=2-4", 10), range_of(b"bytes=-3", 10), range_of(b"bytes=8-99", 10)
    (ByteRange(start=2, end=5), ByteRange(start=7, end=10), ByteRange(start=8, end=10))
    >>> range_of(b"bytes=0-1,4-5", 10), range_of(b"bytes=4-2", 10), range_of(b"lines=1-2", 10)
    (None, None, None)
    """
    found = _RANGE.fullmatch(text)
    if not found or found.groups() == (b"", b""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= size:
        raise UnsatisfiableRangeError(size)
    return ByteRange(start, end) if start < end else None


def _wanted(request: Request, etag: str, size: int) -> ByteRange | None:
    if_range = header(request, b"if-range")
    if if_range and if_range != etag.encode():
        return None  # the client has a part of another file
    return range_of(header(request, b"range"), size)


def _body(request: Request, file: LocalFile, wanted: ByteRange, status: int) -> Response:
    if request.scope.get(SENT_METHOD) == "HEAD":
        return Response(status_code=status)
    return StreamingResponse(_pieces(file, wanted), status)


async def _pieces(file: LocalFile, wanted: ByteRange) -> AsyncIterator[bytes]:
    async with await anyio.open_file(file.path, "rb") as opened:
        if version_of(os.fstat(opened.wrapped.fileno())) != file.version:
            # The header is sent, so all that is left is to hang up.
            raise OSError(f"{file.path} was replaced while it was being sent")
        await opened.seek(wanted.start)
        for left in range(wanted.end - wanted.start, 0, -_AT_ONCE):
            yield await opened.read(min(left, _AT_ONCE))
