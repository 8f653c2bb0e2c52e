"""Bundles built for this machine, and Lambda's runtime to run them in."""

import tempfile
from pathlib import Path

import pytest

from bench.harness import emulator
from scripts.bundle import build
from tests.lambda_function import HERE, require_runtime


@pytest.fixture(scope="session")
def bundle_of():
    """A function that builds a function's bundle for this machine once, and returns it."""
    # pytest keeps its own folder for days, and bundles are large.
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
    require_runtime()
    return emulator.emulating
