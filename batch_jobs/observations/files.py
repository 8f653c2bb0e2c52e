"""Files of a folder or of an S3 prefix, through the same methods.

This is the only module of the package that uses S3. Exceptions of the file system and of S3 become
a `LocationError` if the location cannot be listed, and a `FileError` if a file cannot be read or
written.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from batch_jobs.errors import FileError, LocationError
from batch_jobs.observations.days import ALL_DAYS, Days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

#: Enough to hide most of S3's latency; decompression on two cores needs only two threads.
THREADS = 8
#: Files that a thread reads before it returns them; one at a time, the hand-over costs more.
FILES_PER_TASK = 32

#: zlib's code for a gzip member with its header and check sum.
_GZIP = 31

#: A line end of DOS; some programs convert it twice.
_DOS = re.compile(rb"\r+\n")

#: S3's error code if the object exists already.
_EXISTS = "PreconditionFailed"


class File(NamedTuple):
    """A file below a location: its path there, with `/`, and its size in bytes."""

    name: str
    size: int


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


class Location(Protocol):
    """A folder or an S3 prefix."""

    def files(self, days: Days = ALL_DAYS) -> list[File]:
        """List the files at any depth, in order of name.

        Args:
            days: Files in folders of other days are left out, as far as possible without listing
                them.

        Raises:
            LocationError: It does not exist or cannot be listed.
        """
        ...

    def read(self, name: str) -> bytes:
        """Read a whole file.

        Raises:
            FileError: It cannot be read.
        """
        ...

    def source(self, name: str) -> Path | io.BytesIO:
        """Return random access to a file, if possible without reading it.

        Raises:
            FileError: It cannot be read.
        """
        ...

    def write(self, name: str, content: bytes) -> None:
        """Write a whole file; an existing one is replaced.

        Raises:
            FileError: It cannot be written.
        """
        ...

    def write_new(self, name: str, content: bytes) -> bool:
        """Write a file unless it exists; of several writers at once, the first wins.

        Returns:
            Whether it was written.

        Raises:
            FileError: It cannot be written.
        """
        ...

    def delete(self, name: str) -> None:
        """Delete a file.

        Raises:
            FileError: It cannot be deleted.
        """
        ...


class Folder:
    """A folder, or a single file as if it were the only one in a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def files(self, days: Days = ALL_DAYS) -> list[File]:
        """List the files at any depth, in order of name."""
        if self._path.is_file():
            return [File(self._path.name, self._path.stat().st_size)]
        try:
            return sorted(_files_below(str(self._path), "", days))
        except OSError as error:
            raise LocationError(str(self._path), error.strerror or str(error)) from error

    def read(self, name: str) -> bytes:
        """Read a whole file."""
        try:
            return self.source(name).read_bytes()
        except OSError as error:
            raise FileError(name, "unreadable_file", error.strerror or str(error)) from error

    def source(self, name: str) -> Path:
        """Return the path of a file."""
        return self._path if self._path.is_file() else self._path / name

    def write(self, name: str, content: bytes) -> None:
        """Write a whole file; an existing one is replaced."""
        self._write(name, content, "wb")

    def write_new(self, name: str, content: bytes) -> bool:
        """Write a file unless it exists."""
        try:
            self._write(name, content, "xb")
        except FileError as error:
            if isinstance(error.__cause__, FileExistsError):
                return False
            raise
        return True

    def delete(self, name: str) -> None:
        """Delete a file."""
        try:
            (self._path / name).unlink()
        except OSError as error:
            raise FileError(name, "undeletable_file", error.strerror or str(error)) from error

    def _write(self, name: str, content: bytes, mode: Literal["wb", "xb"]) -> None:
        path = self._path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open(mode) as file:
                file.write(content)
        except OSError as error:
            raise FileError(name, "unwritable_file", error.strerror or str(error)) from error


def _files_below(folder: str, prefix: str, days: Days) -> Iterator[File]:
    if not days.may_include(prefix):
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files_below(entry.path, f"{prefix}{entry.name}/", days)
            elif entry.is_file():
                yield File(prefix + entry.name, entry.stat().st_size)


class Bucket:
    """The objects of an S3 bucket below a prefix."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._bucket, _, prefix = url.removeprefix("s3://").partition("/")
        # With a slash at its end, `pm` is not a prefix of `pm25/...`.
        self._prefix = prefix.rstrip("/") + "/" if prefix.strip("/") else ""

    @cached_property
    def _client(self) -> S3Client:
        retries = Config(max_pool_connections=THREADS, retries={"mode": "standard"})
        return boto3.client("s3", config=retries)

    def files(self, days: Days = ALL_DAYS) -> list[File]:
        """List the objects below the prefix, in order of name; see `Days.next_name`."""
        found: list[File] = []
        after: str | None = ""
        while after is not None:
            page = self._page(after)
            names = [entry["Key"].removeprefix(self._prefix) for entry in page.get("Contents", [])]
            found += [
                File(name, entry["Size"])
                for name, entry in zip(names, page.get("Contents", []), strict=True)
                # Consoles create objects with a slash at their end for folders.
                if not name.endswith("/") and days.may_include(name)
            ]
            after = days.next_name(names[-1]) if page["IsTruncated"] else None
        return sorted(found)

    def _page(self, after: str) -> ListObjectsV2OutputTypeDef:
        """List the first thousand objects whose names come after *after*."""
        try:
            return self._client.list_objects_v2(
                Bucket=self._bucket, Prefix=self._prefix, StartAfter=self._prefix + after
            )
        except (BotoCoreError, ClientError) as error:
            raise LocationError(self._url, str(error)) from error

    def read(self, name: str) -> bytes:
        """Read a whole object."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            return answer["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise FileError(name, "unreadable_file", str(error)) from error

    def source(self, name: str) -> io.BytesIO:
        """Read a whole object into memory."""
        return io.BytesIO(self.read(name))

    def write(self, name: str, content: bytes) -> None:
        """Write a whole object; an existing one is replaced."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)
        except (BotoCoreError, ClientError) as error:
            raise FileError(name, "unwritable_file", str(error)) from error

    def write_new(self, name: str, content: bytes) -> bool:
        """Write an object unless it exists."""
        key = self._prefix + name
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=content, IfNoneMatch="*")
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == _EXISTS:
                return False
            raise FileError(name, "unwritable_file", str(error)) from error
        return True

    def delete(self, name: str) -> None:
        """Delete an object; a bucket with versioning keeps older versions."""
        try:
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)
        except (BotoCoreError, ClientError) as error:
            raise FileError(name, "undeletable_file", str(error)) from error


def open_location(location: str) -> Location:
    """Return the location of a folder, or of `s3://bucket/prefix`."""
    return Bucket(location) if location.startswith("s3://") else Folder(Path(location))


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
