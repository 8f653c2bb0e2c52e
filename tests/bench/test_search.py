"""The benchmark of search: its figures, and a run of it."""

import asyncio

import pytest

from bench.search import TEXTS, figures_of, first_search, measure
from forecasts.item import StationEntry
from tests.factories import A_STATION

ENTRIES = [StationEntry(A_STATION, ("temperature",))]


def test_figures():
    """Each kind of text has the median of its texts, and the most expensive text, with a target."""
    costs = {text: [0.001] for texts in TEXTS.values() for text in texts}
    costs["Munchn"] = [0.001, 0.03, 0.05]
    figures = {figure.name: figure for figure in figures_of(costs)}

    assert figures["typing errors: median"].value == pytest.approx(1)
    assert figures["typing errors: the most expensive"].value == pytest.approx(30)
    assert [name for name, figure in figures.items() if figure.met is False] == [
        "typing errors: the most expensive"
    ]


def test_every_text_is_measured(tmp_path):
    """All texts are answered, and each round is measured but the first."""
    costs = asyncio.run(measure(ENTRIES, tmp_path, 2))

    assert {len(of_text) for of_text in costs.values()} == {2}
    assert all(second > 0 for second in first_search(ENTRIES))
