"""Starting without the garbage collector."""

import gc

import pytest

from api.startup import hurried


def fail():
    """Fail as a start does, and say in the error whether the collector is on."""
    with hurried():
        raise RuntimeError(str(gc.isenabled()))


def test_the_collector_rests_and_comes_back():
    """It is off while a process starts, and on again after, even where the start fails."""
    with pytest.raises(RuntimeError, match="False"):
        fail()

    assert gc.isenabled()
