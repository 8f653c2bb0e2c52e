"""The use of memory and processor time of a process and its descendants."""

import sys

import pytest

from bench.harness.errors import NightError
from bench.harness.watched_process import Cost, Line, Sample, Watched, watch

_CHILD = """
import subprocess, sys
print("begun", flush=True)
subprocess.run([sys.executable, "-c", "held = bytearray(200_000_000); sum(range(5_000_000))"])
print("ended", flush=True)
"""


def test_children_count():
    """The memory and processor time of children count; lines have their times."""
    watched = watch([sys.executable, "-c", _CHILD], {})
    begun, ended = watched.lines

    assert [begun.text, ended.text] == ["begun\n", "ended\n"]
    assert begun.at < ended.at
    assert watched.total.peak_bytes > 200_000_000
    assert watched.cost(begun.at, ended.at).cpu_seconds > 0
    assert watched.total.cpu_seconds > watched.cost(begun.at, ended.at).cpu_seconds


def test_costs_of_an_interval():
    """Processor time from its first sample to its last, and the most memory between."""
    samples = [Sample(1.0, 5, 0.5), Sample(2.0, 9, 1.5), Sample(3.0, 7, 1.75), Sample(4.0, 99, 2.0)]
    watched = Watched([Line(1.0, "")], samples, Cost(4.0, 2.0, 99))

    assert watched.cost(1.5, 3.5) == Cost(2.0, 0.25, 9)
    assert watched.cost(2.1, 2.9) == Cost(pytest.approx(0.8), 0.0, 0)


def test_a_failure_says_what_was_printed():
    """The error has the output of the process."""
    with pytest.raises(NightError, match="no such night"):
        watch([sys.executable, "-c", "import sys; sys.exit('no such night')"], {})
