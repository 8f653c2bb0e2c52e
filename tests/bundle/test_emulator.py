"""Functions in Lambda's own runtime: their environment, and reports of their failures."""

import pytest

from bench.cold_start import start
from bench.harness.errors import ServerError

SEES = """
import importlib.util
import sys

def handler(event, context):
    return [sys.path[0], importlib.util.find_spec("pytest") is None, context.function_name]
"""


@pytest.fixture
def function(tmp_path):
    """A function that makes a bundle from one module, and returns its folder."""

    def write(source):
        folder = tmp_path / "function"
        folder.mkdir()
        (folder / "module.py").write_text(source)
        return folder

    return write


def test_it_only_imports_its_bundle(runtime, function, tmp_path):
    """The function cannot import what is installed for the tests, and has Lambda's context."""
    folder = function(SEES)
    with runtime(folder, "module.handler", {}, tmp_path / "log") as emulator:
        assert emulator.invoke({}) == [str(folder), True, "function"]
        assert emulator.cpu_seconds() > 0


def test_an_error_is_described(runtime, function, tmp_path):
    """A handler's exception is reported as Lambda reports it."""
    folder = function("def handler(event, context):\n    raise KeyError(event['name'])\n")
    with runtime(folder, "module.handler", {}, tmp_path / "log") as emulator:
        answer = emulator.invoke({"name": "part"})

    assert (answer["errorType"], answer["errorMessage"]) == ("KeyError", "'part'")


@pytest.mark.usefixtures("runtime")
def test_a_function_that_does_not_answer_is_not_measured(function):
    """Any status but 200 ends the benchmark with the response and the function's log."""
    folder = function("def handler(event, context):\n    print('no idea')\n    return {}\n")

    with pytest.raises(ServerError, match=r"(?s)function: \{\}.*no idea"):
        start(folder, "module.handler", {})
