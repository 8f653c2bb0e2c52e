"""Memory that is free goes back to the system."""

import ctypes
from pathlib import Path

import numpy as np
import pytest

from batch_jobs.memory import give_back

#: Less than what C's library asks the system for by itself.
BLOCK = 50_000
BLOCKS = 4_000


def resident():
    """Return how many bytes of this process are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc")
def test_free_memory_is_given_back():
    """What is free between blocks in use is given back, too."""
    blocks = [np.ones(BLOCK, np.uint8) for _ in range(BLOCKS)]
    del blocks[::2], blocks[:-1:3]
    before = resident()

    give_back()

    assert resident() < before - BLOCK * BLOCKS / 4
    assert blocks
