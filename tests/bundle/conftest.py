"""Bundles built for this machine, and Lambda's runtime to run them in."""

import os
import platform
import sys
import tempfile
from pathlib import Path

import pytest

from bench import emulator
from scripts.bundle import Target, build

#: What bundles can be run here: this processor, and the Python that runs the tests.
HERE = Target(
    platform.machine(), f"{sys.version_info.major}.{sys.version_info.minor}", sys.executable
)


@pytest.fixture(scope="session")
def bundle_of():
    """A function that builds the bundle of a function for this machine, once, and returns it."""
    # Not pytest's folder: that one is kept for days, and bundles are large.
    with tempfile.TemporaryDirectory(prefix="bundles-") as output:

        def built(name):
            folder = Path(output, name)
            if not folder.exists():
                build(name, HERE, Path(output))
            return folder

        yield built


@pytest.fixture(scope="session")
def runtime():
    """Lambda's runtime; tests skip without it, and fail under CI."""
    if not emulator.is_installed():
        reason = "Lambda's runtime is not there: run python scripts/runtimes.py"
        strict = os.environ.get("CI")  # noqa: TID251 -- what may be skipped depends on where
        (pytest.fail if strict else pytest.skip)(reason)
    return emulator.emulating
