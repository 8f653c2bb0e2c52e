"""Whole files: a file appears complete, or not at all, even if its writer is killed.

It is written under a hidden name beside its place, and then gets its own name. What a killed writer
leaves is hidden from listings, and goes when a later one writes into the same folder.
"""

import os
import uuid
from contextlib import suppress
from pathlib import Path

#: The end of the name of a file that is being written.
_UNFINISHED = ".part"
#: No file is written for longer than this, seconds.
_LONGEST = 3600


def write_whole(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file; its folder is made if it is missing.

    Args:
        path: Its place.
        content: All of it.
        replace: Whether it may exist.

    Raises:
        FileExistsError: It exists, and may not.
        OSError: It cannot be written; nothing is left of it.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        # A rename would put a file in the place of /dev/null or /dev/stdout, for all processes.
        raise OSError(f"{path} is a device or a pipe; name a file")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}{_UNFINISHED}")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _remove_abandoned(unfinished)
        if replace:
            unfinished.replace(path)
        else:
            path.hardlink_to(unfinished)  # unlike a rename, it fails if there is such a file
    finally:
        unfinished.unlink(missing_ok=True)


def is_hidden(name: str) -> bool:
    """Tell whether a file is no business of a reader: its name begins with a dot.

    >>> is_hidden("date=2026-11-28/.a.parquet.1.part"), is_hidden("./a.csv")
    (True, False)
    """
    return name.rpartition("/")[2].startswith(".")


def _remove_abandoned(unfinished: Path) -> None:
    """Remove what killed writers left; the file system's own times tell how old it is."""
    oldest = unfinished.stat().st_mtime - _LONGEST
    for other in unfinished.parent.glob(f".*{_UNFINISHED}"):
        with suppress(FileNotFoundError):  # its writer, or another, has removed it
            if other.stat().st_mtime < oldest:
                other.unlink()
