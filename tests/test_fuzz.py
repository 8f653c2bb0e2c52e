"""A small part of `python -m tests.fuzz`, always the same."""

import pytest

from tests.fuzz.__main__ import fuzz
from tests.fuzz.kinds import KINDS


@pytest.mark.slow  # each kind has its model, its store or its folder
@pytest.mark.filterwarnings("ignore:CSV malformed")  # polars'; such a file is read line by line
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_unexplained(kind):
    """Bad lines cost only themselves, and every answer to a request is as described."""
    found = []
    done, failures = fuzz(kind, 40, 1, found.append)

    assert not failures, found[0]
    assert done >= 40
