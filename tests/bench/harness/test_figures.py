"""A report says which targets are met, as a table or as one JSON object."""

import json

import pytest

from bench.harness.figures import Figure, Report, machine

FIGURES = (
    Figure("wall", 41.23456, "s", 45),
    Figure("size", 2049, "B", 2048),
    Figure("p50", 3, "ms"),
)


@pytest.mark.parametrize(
    ("value", "target", "met"), [(45, 45, True), (45.1, 45, False), (1, None, None)]
)
def test_met(value, target, met):
    """A target is met up to and including itself; without one there is nothing to meet."""
    assert Figure("wall", value, "s", target).met is met


def test_json(capsys):
    """With --json, one object goes to standard output, its keys the same for every benchmark."""
    Report("nightly", {"numpy": "2"}, FIGURES).show({"cores": 2}, as_json=True)

    assert json.loads(capsys.readouterr().out) == {
        "bench": "nightly",
        "machine": {"cores": 2},
        "versions": {"numpy": "2"},
        "figures": [
            {"name": "wall", "value": 41.23, "unit": "s", "target": 45, "met": True},
            {"name": "size", "value": 2049.0, "unit": "B", "target": 2048, "met": False},
            {"name": "p50", "value": 3.0, "unit": "ms", "target": None, "met": None},
        ],
    }


def test_table(capsys):
    """A missed target catches the eye in the table."""
    Report("nightly", {}, FIGURES).show({}, as_json=False)
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "size" in line]

    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "size",
        "2,049",
        "B",
        "<= 2,048",
        "NO",
    ]


def test_machine():
    """The machine is described by its processor, cores, memory, Python and load."""
    described = machine()

    assert list(described) == ["cpu", "cores", "memory_gib", "python", "load_before"]
    assert described["memory_gib"] > 0
