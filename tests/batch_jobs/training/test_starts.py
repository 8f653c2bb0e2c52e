"""One execution is at work at a time, until it ends or its limit has passed."""

from datetime import UTC, datetime, timedelta

import pytest

from batch_jobs.errors import FileError
from batch_jobs.observations.files import Folder
from batch_jobs.training.starts import LONGEST, Starts

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)


@pytest.fixture
def starts(tmp_path):
    """No start yet."""
    return Starts(Folder(tmp_path / "starts"))


def test_one_at_a_time(starts):
    """The second one is refused until the first has ended; a repeated call is not a second one."""
    assert starts.begin("a", NOW)
    assert starts.begin("a", NOW)
    assert not starts.begin("b", NOW)
    starts.end("b")
    assert not starts.begin("b", NOW)
    starts.end("a")
    assert not starts.begin("a", NOW)
    assert starts.begin("b", NOW)
    assert (starts.is_newest("a"), starts.is_newest("b")) == (False, True)


def test_an_execution_that_was_stopped(starts):
    """It counts until the state machine would have stopped it."""
    starts.begin("a", NOW)
    assert not starts.begin("b", NOW + LONGEST - timedelta(seconds=1))
    assert starts.begin("b", NOW + LONGEST)
    starts.end("a")
    assert not starts.begin("c", NOW + LONGEST)


def test_no_start(starts):
    """Nothing has begun, and nothing ends."""
    starts.end("a")
    assert not starts.is_newest("a")


def test_other_files(starts, tmp_path):
    """A note that an operator has left beside the starts stops no training."""
    assert starts.begin("a", NOW)
    (tmp_path / "starts" / "note.txt").write_text("stopped by hand")
    assert starts.is_newest("a")
    assert not starts.begin("b", NOW)


class Slow(Folder):
    """A folder in which another execution writes before this one does."""

    def write_new(self, name, content):
        """Let the other one be the first."""
        super().write_new(name, content.replace(b"this", b"other"))
        return super().write_new(name, content)


def test_two_at_the_same_moment(tmp_path):
    """Both have found nothing; the first to write gets to work."""
    starts = Starts(Slow(tmp_path / "starts"))
    assert not starts.begin("this", NOW)
    assert starts.is_newest("other")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"name": "a"}'])
def test_a_damaged_start(starts, tmp_path, content):
    """It is named, with what to do."""
    (tmp_path / "starts").mkdir()
    (tmp_path / "starts" / "0007.json").write_bytes(content)
    with pytest.raises(FileError, match=r"0007\.json: not a start: .*; delete it if no execution"):
        starts.begin("a", NOW)
