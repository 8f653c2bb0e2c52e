"""Texts: text files, read ahead of their reader by threads, and decompressed if they are gzip."""

from __future__ import annotations

import codecs
import re
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from batch_jobs.errors import FileError
from batch_jobs.observations.files import THREADS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batch_jobs.observations.files import File, Location

#: Files that a thread reads before it returns them; one at a time, the hand-over costs more.
FILES_PER_TASK = 32

#: zlib's code for a gzip member with its header and check sum.
_GZIP = 31

#: A line end of DOS; some programs convert it twice.
_DOS = re.compile(rb"\r+\n")


class Text(NamedTuple):
    r"""The decompressed content of a file: whole lines only.

    Attributes:
        name: Path of the file below its location.
        body: Lines, each with its `\n`.
        error: Why lines are missing; None if all lines are there.
    """

    name: str
    body: bytes
    error: FileError | None = None


def texts(location: Location, files: Sequence[File]) -> Iterator[Text]:
    """Read text files in the order of *files*; `.gz` files are decompressed.

    Threads read a few hundred files ahead of the caller: S3 and zlib release Python's lock.
    """
    tasks = iter(
        [files[start : start + FILES_PER_TASK] for start in range(0, len(files), FILES_PER_TASK)]
    )
    with ThreadPoolExecutor(THREADS) as pool:
        begun = deque(pool.submit(_read, location, task) for task in islice(tasks, 2 * THREADS))
        while begun:
            done = begun.popleft().result()
            begun.extend(pool.submit(_read, location, task) for task in islice(tasks, 1))
            yield from done


def _read(location: Location, files: Iterable[File]) -> list[Text]:
    return [_text(location, file.name) for file in files]


def _text(location: Location, name: str) -> Text:
    try:
        content = location.read(name)
    except FileError as error:
        return Text(name, b"", error)
    if not name.endswith(".gz"):
        return Text(name, _lines(content))
    body, reason = decompress(content)
    if reason is None:
        return Text(name, _lines(body))
    whole_lines = body[: body.rfind(b"\n") + 1]
    lines = whole_lines.count(b"\n")
    problem = f"gzip breaks off after line {lines}: {reason}"
    return Text(name, _lines(whole_lines), FileError(name, "broken_gzip", problem))


def _lines(body: bytes) -> bytes:
    """Return lines without a byte order mark, DOS line ends and blank lines at the end."""
    body = body.removeprefix(codecs.BOM_UTF8)
    if b"\r" in body:
        body = _DOS.sub(b"\n", body)
    body = body.rstrip(b" \t\r\n")
    return body and body + b"\n"


def decompress(content: bytes) -> tuple[bytes, str | None]:
    """Decompress gzip, possibly of several members, as far as the result can be trusted.

    The content of a truncated member is right as far as it goes. A damaged member is left out,
    because its content may be wrong long before zlib notices.

    Returns:
        The decompressed content, and why it is incomplete; None if it is complete.
    """
    body = []
    while content:
        member = zlib.decompressobj(_GZIP)
        try:
            body.append(member.decompress(content))
        except zlib.error as error:
            return b"".join(body), str(error)
        if not member.eof:
            return b"".join(body), "the file is cut off"
        content = member.unused_data.lstrip(b"\0")  # gzip files may be padded
    return b"".join(body), None
