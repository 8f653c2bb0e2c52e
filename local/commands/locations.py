"""Where commands work: a folder, in which they are alone, or a bucket."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


def is_bucket(location: str) -> bool:
    """Tell whether a location is an S3 prefix."""
    return location.startswith("s3://")


@contextmanager
def alone(location: str) -> Iterator[None]:
    """Refuse to work in a folder that another process is working in; a bucket has no lock.

    Raises:
        ClickException: Another process is.
    """
    if is_bucket(location):
        yield
        return
    Path(location).mkdir(parents=True, exist_ok=True)
    with (Path(location) / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"another training is at work in {location}; wait until it ends"
            ) from None
        yield
