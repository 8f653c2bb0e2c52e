"""The benchmark of cold starts: how figures are made of starts."""

from pathlib import Path

import pytest

from bench.cold_start import COMPILED, OURS, TEXTBOOK, Case, Start, figures_of


def case(name, *starts):
    """Return a case that has started."""
    return Case(name, Path(), "", {}, [Start(*start) for start in starts])


def test_figures_are_ratios_of_medians():
    """One slow start of many changes nothing."""
    figures = {
        figure.name: figure
        for figure in figures_of(
            [
                case(OURS, (0.25, 0.3), (0.25, 0.3), (9.0, 0.3)),
                case(TEXTBOOK, (1.0, 0.6), (1.0, 0.6), (1.0, 9.0)),
                case(COMPILED, (0.5, 0.5)),
            ]
        )
    }

    assert figures[f"wall, {OURS} / {TEXTBOOK}"].value == pytest.approx(0.25)
    assert figures[f"wall, {OURS} / {TEXTBOOK}"].met
    assert figures[f"CPU, {OURS} / {TEXTBOOK}"].value == pytest.approx(0.5)
    assert figures[f"CPU, {OURS} / {TEXTBOOK}"].met is False
    assert figures[f"wall, {OURS} / {COMPILED}"].met
    assert figures[f"CPU, {OURS} / {COMPILED}"].met is False
    assert figures[f"{OURS}: wall"].value == pytest.approx(250)
