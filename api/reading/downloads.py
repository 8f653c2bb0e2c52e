"""The files of whole runs: in a folder of this machine, or in a bucket that clients are sent to."""

import os
from pathlib import Path
from typing import NamedTuple, Protocol

from api.reading.async_store import Runner
from forecasts.downloads import Kind, file_of


class LocalFile(NamedTuple):
    """A file of this machine.

    Attributes:
        path: Where it is.
        size: In bytes.
        version: Is another one if the file is written again.
    """

    path: Path
    size: int
    version: str


class Downloads(Protocol):
    """Finds the files of runs. May be used from several threads."""

    def find(self, run_id: str, kind: Kind, method: str) -> LocalFile | str | None:
        """Return a file, or the address that a client may send *method* to; None if there is none.

        Args:
            run_id: A well-formed id.
            kind: Which file.
            method: `GET` or `HEAD`.

        Raises:
            StoreError: The bucket did not answer.
        """
        ...

    def close(self) -> None:
        """Close connections."""
        ...


class AsyncDownloads:
    """Finds files without blocking the event loop.

    Args:
        downloads: Finds them; None if there are no files at all.
        runner: Runs what blocks.
    """

    def __init__(self, downloads: Downloads | None, runner: Runner) -> None:
        self._downloads = downloads
        self._runner = runner

    async def find(self, run_id: str, kind: Kind, method: str) -> LocalFile | str | None:
        """Do what `Downloads.find` says."""
        if self._downloads is None:
            return None
        found: LocalFile | str | None = await self._runner(
            self._downloads.find, run_id, kind, method
        )
        return found


class FolderDownloads:
    """The files of a folder.

    Args:
        folder: Need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, run_id: str, kind: Kind, _method: str) -> LocalFile | None:
        """Return a file; None if there is none."""
        path = self._folder / file_of(run_id, kind)
        try:
            # Opened, not only looked at: what cannot be read must not get as far as a header.
            with path.open("rb") as opened:
                found = os.fstat(opened.fileno())
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        return LocalFile(path, found.st_size, version_of(found))

    def close(self) -> None:
        """Do nothing: no file stays open."""


def version_of(found: os.stat_result) -> str:
    """Return the version of a file; another one has another."""
    return f"{found.st_ino:x}-{found.st_mtime_ns:x}"
