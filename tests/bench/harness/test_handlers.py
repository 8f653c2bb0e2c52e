"""Handlers in separate processes: their answers and their costs."""

import pytest

from bench.harness.errors import ServerError
from bench.harness.handlers import running_handler


@pytest.fixture
def echo(tmp_path):
    """A handler that returns the status that an event names, and prints."""
    text = "def handler(event, context):\n    print(context)\n    return event\n"
    (tmp_path / "echo.py").write_text(text)
    with running_handler("echo.handler", {}, tmp_path) as started:
        yield started


def test_cost(echo):
    """A handler answers several rounds of events."""
    assert all(echo.cost([{"statusCode": 200}] * 20, 200) > 0 for _ in range(3))


def test_another_status(echo):
    """An answer of another status ends the benchmark, because a failure would be cheap."""
    with pytest.raises(ServerError, match=r"echo.handler: answered \{404\}"):
        echo.cost([{"statusCode": 404}], 200)


def test_process_that_ends(echo):
    """A handler that raises ends its process, and the benchmark."""
    with pytest.raises(ServerError, match="the process has ended"):
        echo.cost([{}], 200)
