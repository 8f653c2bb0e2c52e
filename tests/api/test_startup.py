"""Starting without the garbage collector, and without models that nobody uses yet."""

import gc

import pytest
from pydantic import BaseModel

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


def test_models_wait():
    """A model that is made meanwhile is built when it is used; one that is made later, at once."""
    with hurried():

        class Waits(BaseModel):
            value: int

    class Built(BaseModel):
        value: int

    assert not Waits.__pydantic_complete__
    assert Built.__pydantic_complete__
    assert Waits(value="1").value == 1
    assert Waits.__pydantic_complete__
