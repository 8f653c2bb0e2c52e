"""The benchmark of lookups in Lambda: processes that answer, and figures made of their costs."""

from itertools import repeat

import pytest

from bench.harness.errors import ServerError
from bench.hot_path import (
    AGAIN,
    BARE,
    FIRST,
    FIRST_TEXTBOOK,
    KNOWN,
    OURS,
    SEVERAL,
    TEXTBOOK,
    Case,
    NewProcess,
    answering,
    figures_of,
)


@pytest.fixture
def process(tmp_path):
    """A process that answers with the status that an event names, and prints besides."""
    text = "def handler(event, context):\n    print(context)\n    return event\n"
    (tmp_path / "echo.py").write_text(text)
    with answering("echo.handler", {}, tmp_path) as started:
        yield started


def test_cost(process):
    """Events are answered one after the other, round after round; each round has a cost."""
    case = Case("echo", process, repeat({"statusCode": 200}))

    assert all(case.run(20) > 0 for _ in range(3))


def test_first_of_a_process(tmp_path):
    """What is asked for the first time in a process is asked in a new one each time."""
    text = "said = []\ndef handler(event, context):\n    said.append(event)\n"
    text += "    return {'statusCode': len(said)}\n"
    (tmp_path / "count.py").write_text(text)
    case = Case("count", NewProcess("count.handler", {}, tmp_path), repeat({}), 0, status=1)

    assert all(case.run(20) > 0 for _ in range(2))


def test_another_status(process):
    """An answer of another status stops the benchmark: what failed would be cheap."""
    with pytest.raises(ServerError, match=r"echo.handler: answered \{404\}"):
        process.cost([{"statusCode": 404}], 200)


def test_process_that_ends(process):
    """A handler that raises ends its process, and the benchmark."""
    with pytest.raises(ServerError, match=r"echo.handler: it has ended"):
        process.cost([{}], 200)


def test_figures_are_ratios_of_medians(process):
    """One slow round of many changes nothing."""
    costs = {
        OURS: [200.0, 200.0, 9000.0],
        AGAIN: [50.0],
        KNOWN: [40.0],
        SEVERAL: [2000.0],
        BARE: [1000.0],
        TEXTBOOK: [4000.0],
        FIRST: [2500.0],
        FIRST_TEXTBOOK: [25_000.0],
    }
    cases = [Case(name, process, repeat({}), costs=cost) for name, cost in costs.items()]
    figures = {figure.name: figure for figure in figures_of(cases)}

    assert figures[f"{OURS} / {BARE}"].value == pytest.approx(0.2)
    assert figures[f"{OURS} / {TEXTBOOK}"].met
    assert figures[f"{SEVERAL} / {OURS}"].met is False
