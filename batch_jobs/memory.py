"""What this process does with its memory."""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Return memory that is free to the system.

    C's library keeps what it may need again: after a large reading that may be a gigabyte, which
    this process does not need again, and others do.
    """
    with suppress(AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
