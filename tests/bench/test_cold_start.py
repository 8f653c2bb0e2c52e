"""The benchmark of cold starts: how figures are made of starts."""

import pytest

from bench.cold_start import COMPILED, OURS, TEXTBOOK, Start, figures_of


def test_figures_are_ratios_within_a_round():
    """One slow start of many changes nothing."""
    starts = {
        OURS: [Start(0.25, 0.3), Start(0.25, 0.3), Start(9.0, 0.3)],
        TEXTBOOK: [Start(1.0, 0.6), Start(1.0, 0.6), Start(1.0, 9.0)],
        COMPILED: [Start(0.5, 0.3)] * 3,
    }
    figures = {figure.name: figure for figure in figures_of(starts)}

    assert figures[f"wall, {OURS} / {TEXTBOOK}"].value == pytest.approx(0.25)
    assert figures[f"wall, {OURS} / {TEXTBOOK}"].met
    assert figures[f"CPU, {OURS} / {TEXTBOOK}"].value == pytest.approx(0.5)
    assert figures[f"CPU, {OURS} / {TEXTBOOK}"].met is False
    assert figures[f"wall, {OURS} / {COMPILED}"].met
    assert figures[f"CPU, {OURS} / {COMPILED}"].met is False
    assert figures[f"{OURS}: wall"].value == pytest.approx(250)
