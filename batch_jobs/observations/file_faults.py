"""Faults of files: whatever a library throws, the file is reported and the others are read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import polars as pl

from batch_jobs.errors import FileError, TemporaryFileError


class FaultReport(Protocol):
    """Takes the faults of files."""

    def fault(self, reason: str, example: str) -> None:
        """Take a fault: its reason code, and what is wrong, for people."""
        ...


@contextmanager
def reported(name: str, report: FaultReport) -> Iterator[None]:
    """Report a file if reading it fails; what was read of it before stays.

    Args:
        name: Path of the file below its location.
        report: Takes the fault.

    Raises:
        TemporaryFileError, MemoryError: It is not the file's fault, or not only.
    """
    try:
        yield
    except FileError as error:
        report.fault(error.code, str(error))
    except (TemporaryFileError, MemoryError):
        raise
    # A panic of polars is no Exception, and files can make any library fail in any way.
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 -- see above
        reason = str(error).partition("\n")[0]
        report.fault("unreadable_file", f"{name}: {type(error).__name__}: {reason}")
