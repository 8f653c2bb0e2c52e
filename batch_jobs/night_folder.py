"""The temporary folder of a night on one machine.

A night that is killed cannot remove its folder, so the next one does. Each folder holds a file that
its night has locked; the lock ends with the process, in whatever way.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: The begin of a folder's name: before its file is locked, and after.
_NEW, _LOCKED = "stationcast-new-", "stationcast-night-"
_LOCK_FILE = "lock"


@contextmanager
def night_folder() -> Iterator[Path]:
    """Make a folder that is removed with the block; remove those of nights whose process is gone.

    Raises:
        OSError: There is no room for it.
    """
    _remove_abandoned(Path(tempfile.gettempdir()))
    made = Path(tempfile.mkdtemp(prefix=_NEW))
    with (made / _LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Only now, so that no other night finds it without a lock.
        folder = made.rename(made.with_name(made.name.replace(_NEW, _LOCKED)))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(base: Path) -> None:
    for folder in base.glob(f"{_LOCKED}*"):
        # It belongs to a night that runs, or to another user, or is being removed.
        with suppress(OSError), (folder / _LOCK_FILE).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
