"""Files that appear complete or not at all, with real processes and a real limit of space."""

import os
import resource
import signal
import subprocess
import sys

import pytest

from batch_jobs.errors import FileError
from batch_jobs.observations.files import open_location
from batch_jobs.observations.whole_files import write_whole

#: Writes for ever, and says so after the first byte is on the disk.
_WRITER = """
import sys
from pathlib import Path
from batch_jobs.observations import whole_files

def fsync(descriptor):
    print("written", flush=True)
    sys.stdin.read()

whole_files.os.fsync = fsync
whole_files.write_whole(Path(sys.argv[1]), bytes(1000), replace=True)
"""


@pytest.fixture
def killed(tmp_path):
    """A path that a process was writing when it was killed; it holds what was there before."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout.readline() == b"written\n"
        writer.send_signal(signal.SIGKILL)
    return path


def test_a_killed_writer(killed):
    """The old file is still there, and the unfinished one is hidden from listings."""
    assert killed.read_bytes() == b"old"
    assert len([*killed.parent.iterdir()]) == 2
    assert [file[:2] for file in open_location(str(killed.parent)).files()] == [("a.csv", 3)]


def test_a_pipe_stays_a_pipe(tmp_path):
    """What is no file is not replaced by one: as root, that could be /dev/stdout or /dev/null."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="pipe is a device or a pipe; name a file"):
        write_whole(pipe, b"a", replace=True)

    assert pipe.is_fifo()
    assert [*tmp_path.iterdir()] == [pipe]


def test_what_a_killed_writer_left(killed):
    """A later writer removes it, but not what may still be written."""
    (left,) = killed.parent.glob(".*")
    write_whole(killed.parent / "b.csv", b"b", replace=False)
    kept = left.exists()
    os.utime(left, (0, 0))
    write_whole(killed.parent / "c.csv", b"c", replace=False)

    assert kept
    assert sorted(path.name for path in killed.parent.iterdir()) == ["a.csv", "b.csv", "c.csv"]


def test_a_full_disk(tmp_path):
    """If there is no room for a file, nothing is left of it, and the error names it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(FileError, match=r"^a\.csv: File too large"):
            open_location(str(tmp_path)).write_new("a.csv", bytes(1001))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)

    assert [*tmp_path.iterdir()] == []
