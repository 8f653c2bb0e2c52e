"""Bundles built for this machine, and Lambda's runtime to run them in."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from bench.harness import emulator
from scripts.bundle import FUNCTIONS, build
from tests.lambda_function import HERE, require_runtime


@pytest.fixture(scope="session")
def bundle_of():
    """A function that builds a function's bundle for this machine, and returns it.

    Functions that differ in their entry point only have the same bundle, which is built once.
    """
    built_for = {}
    # pytest keeps its own folder for days, and bundles are large.
    with tempfile.TemporaryDirectory(prefix="bundles-") as output:

        def built(name):
            content = replace(FUNCTIONS[name], handler="")
            if content not in built_for:
                build(name, HERE, Path(output))
                built_for[content] = Path(output, name)
            return built_for[content]

        yield built


@pytest.fixture(scope="session")
def runtime():
    """Lambda's runtime; tests skip without it, and fail under CI."""
    require_runtime()
    return emulator.emulating
