"""Where commands work: a folder, in which they are alone, or a bucket."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import click

from forecasts.times import utc_now as now

# boto3 takes a third of a second to import, and most commands do not need it.
# ruff: noqa: PLC0415

#: If a command is killed, executions of the state machine do nothing for so long.
LONGEST_COMMAND = timedelta(minutes=15)


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
            raise _busy(location) from None
        yield


@contextmanager
def alone_in_registry(location: str) -> Iterator[None]:
    """Refuse to change a registry that another process, or in a bucket an execution, changes.

    Raises:
        ClickException: Another one does.
        BatchJobsError: The bucket cannot be read or written.
    """
    from batch_jobs.observations.files import open_location
    from batch_jobs.training.starts import Starts

    if not is_bucket(location):
        with alone(location):
            yield
        return
    starts, me = Starts(open_location(f"{location.rstrip('/')}/starts")), f"command-{uuid4().hex}"
    if not starts.begin(me, now(), LONGEST_COMMAND):
        raise _busy(location)
    try:
        yield
    finally:
        starts.end(me)


def _busy(location: str) -> click.ClickException:
    return click.ClickException(f"another training is at work in {location}; wait until it ends")
