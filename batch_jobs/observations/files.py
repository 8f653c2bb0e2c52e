"""Files of a folder or of an S3 prefix, through the same methods.

This is the only module of the package that uses S3. Exceptions of the file system and of S3 become
a `LocationError` if the location cannot be listed, and a `FileError` if a file cannot be read or
written.
"""

from __future__ import annotations

import io
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from batch_jobs.errors import FileError, LocationError
from batch_jobs.observations.days import ALL_DAYS, Days
from batch_jobs.observations.whole_files import is_hidden, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

#: Enough to hide most of S3's latency; decompression on two cores needs only two threads.
THREADS = 8

#: Of public buckets; without an account there may be no region in the settings.
PUBLIC_REGION = "us-east-1"

#: Reason code of a file that was listed and is not there any more.
GONE = "missing_file"

#: S3's error codes: the object exists already, and does not exist.
_EXISTS, _MISSING = "PreconditionFailed", "NoSuchKey"


class File(NamedTuple):
    """A file below a location.

    Attributes:
        name: Its path there, with `/`.
        size: In bytes.
        version: Is another one if the file is written again: the nanosecond of its last change, or
            S3's ETag.
    """

    name: str
    size: int
    version: str = ""


class Location(Protocol):
    """A folder or an S3 prefix."""

    def files(self, days: Days = ALL_DAYS) -> list[File]:
        """List the files at any depth, in order of name; hidden ones are left out.

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
        """Write a whole file; an existing one is replaced. A killed writer leaves the old one.

        Raises:
            FileError: It cannot be written.
        """
        ...

    def write_new(self, name: str, content: bytes) -> bool:
        """Write a file unless it exists; of several writers at once, the first wins.

        A killed writer leaves no file.

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
            found = self._path.stat()
            return [File(self._path.name, found.st_size, str(found.st_mtime_ns))]
        try:
            return sorted(_files_below(str(self._path), "", days))
        except OSError as error:
            raise LocationError(str(self._path), error.strerror or str(error)) from error

    def read(self, name: str) -> bytes:
        """Read a whole file."""
        try:
            return self.source(name).read_bytes()
        except OSError as error:
            raise FileError(name, _code_of(error), error.strerror or str(error)) from error

    def source(self, name: str) -> Path:
        """Return the path of a file."""
        return self._path if self._path.is_file() else self._path / name

    def write(self, name: str, content: bytes) -> None:
        """Write a whole file; an existing one is replaced."""
        self._write(name, content, replace=True)

    def write_new(self, name: str, content: bytes) -> bool:
        """Write a file unless it exists."""
        try:
            self._write(name, content, replace=False)
        except FileError as error:
            # A file in the way of a folder is another error of this kind.
            if isinstance(error.__cause__, FileExistsError) and (self._path / name).exists():
                return False
            raise
        return True

    def delete(self, name: str) -> None:
        """Delete a file."""
        try:
            (self._path / name).unlink()
        except OSError as error:
            code = _code_of(error, "undeletable_file")
            raise FileError(name, code, error.strerror or str(error)) from error

    def _write(self, name: str, content: bytes, *, replace: bool) -> None:
        try:
            write_whole(self._path / name, content, replace=replace)
        except OSError as error:
            raise FileError(name, "unwritable_file", error.strerror or str(error)) from error


def _files_below(folder: str, prefix: str, days: Days) -> Iterator[File]:
    if not days.may_include(prefix):
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files_below(entry.path, f"{prefix}{entry.name}/", days)
            elif entry.is_file() and not is_hidden(entry.name):
                yield File(prefix + entry.name, *_size_and_version(entry))


def _size_and_version(entry: os.DirEntry[str]) -> tuple[int, str]:
    try:
        found = entry.stat()
    except FileNotFoundError:  # it has just been deleted; its reader will find out
        return 0, ""
    return found.st_size, str(found.st_mtime_ns)


class Bucket:
    """The objects of an S3 bucket below a prefix.

    Args:
        url: `s3://bucket/prefix`.
        is_public: Requests are not signed, so that no account is needed.
    """

    def __init__(self, url: str, *, is_public: bool = False) -> None:
        self._url = url
        self._is_public = is_public
        self._bucket, _, prefix = url.removeprefix("s3://").partition("/")
        # With a slash at its end, `pm` is not a prefix of `pm25/...`.
        self._prefix = prefix.rstrip("/") + "/" if prefix.strip("/") else ""

    @cached_property
    def _client(self) -> S3Client:
        config = Config(max_pool_connections=THREADS, retries={"mode": "standard"})
        if self._is_public:
            unsigned = config.merge(Config(signature_version=UNSIGNED))
            return boto3.client("s3", config=unsigned, region_name=PUBLIC_REGION)
        return boto3.client("s3", config=config)

    def files(self, days: Days = ALL_DAYS) -> list[File]:
        """List the objects below the prefix, in order of name; see `Days.next_name`."""
        return self.files_in("", days)

    def files_in(self, folder: str, days: Days = ALL_DAYS) -> list[File]:
        """List the objects in a folder below the prefix, as `files` does.

        Args:
            folder: With a slash at its end; names begin with it.
            days: Other days are left out.

        Raises:
            LocationError: They cannot be listed.
        """
        found: list[File] = []
        after: str | None = ""
        while after is not None:
            page = self._page(folder, after)
            names = [entry["Key"].removeprefix(self._prefix) for entry in page.get("Contents", [])]
            found += [
                File(name, entry["Size"], entry["ETag"])
                for name, entry in zip(names, page.get("Contents", []), strict=True)
                # Consoles create objects with a slash at their end for folders.
                if not name.endswith("/") and not is_hidden(name) and days.may_include(name)
            ]
            after = days.next_name(names[-1]) if page["IsTruncated"] else None
        return sorted(found)

    def _page(self, folder: str, after: str) -> ListObjectsV2OutputTypeDef:
        """List the first thousand objects of a folder whose names come after *after*."""
        try:
            return self._client.list_objects_v2(
                Bucket=self._bucket,
                Prefix=self._prefix + folder,
                StartAfter=self._prefix + after,
            )
        except (BotoCoreError, ClientError) as error:
            raise LocationError(self._url, str(error)) from error

    def read(self, name: str) -> bytes:
        """Read a whole object."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            return answer["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise FileError(name, _code_of(error), str(error)) from error

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
            if _s3_code(error) == _EXISTS:
                return False
            raise FileError(name, "unwritable_file", str(error)) from error
        return True

    def delete(self, name: str) -> None:
        """Delete an object; a bucket with versioning keeps older versions."""
        try:
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)
        except (BotoCoreError, ClientError) as error:
            raise FileError(name, "undeletable_file", str(error)) from error


def files_so_far(location: Location, days: Days) -> list[File]:
    """List the files of a location; none if it does not exist yet.

    Raises:
        LocationError: It cannot be listed.
    """
    try:
        return location.files(days)
    except LocationError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return []
        raise


def content_so_far(location: Location, name: str) -> bytes | None:
    """Read a whole file; None if it does not exist yet.

    Raises:
        FileError: It cannot be read.
    """
    try:
        return location.read(name)
    except FileError as error:
        if error.code == GONE:
            return None
        raise


def open_location(location: str) -> Location:
    """Return the location of a folder, or of `s3://bucket/prefix`."""
    return Bucket(location) if location.startswith("s3://") else Folder(Path(location))


def _code_of(error: Exception, otherwise: str = "unreadable_file") -> str:
    """Return the reason code of a file that could not be read or deleted."""
    gone = isinstance(error, FileNotFoundError) or _s3_code(error) == _MISSING
    return GONE if gone else otherwise


def _s3_code(error: Exception) -> str:
    """Return S3's code of an error; "" if S3 did not answer."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
