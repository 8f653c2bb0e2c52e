"""Where commands work, and whether others may at the same time."""

import click
import pytest

from local.commands.locations import alone


def test_a_folder_is_for_one(tmp_path):
    """In a folder that does not exist yet, the first may work, and a second may not."""
    folder = str(tmp_path / "new")
    with alone(folder), pytest.raises(click.ClickException, match="wait until it ends"):
        alone(folder).__enter__()
    with alone(folder):
        assert (tmp_path / "new").is_dir()


def test_a_bucket_is_for_all(tmp_path, monkeypatch):
    """A bucket has no lock, and nothing of its name is made on this machine."""
    monkeypatch.chdir(tmp_path)
    with alone("s3://bucket/set"), alone("s3://bucket/set"):
        assert list(tmp_path.iterdir()) == []
