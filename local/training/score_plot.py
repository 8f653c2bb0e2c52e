"""Plots of an evaluation: error against the references, and coverage, by lead time."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from forecasts.parameter import parameter
from local.plots import new_figure
from model.prediction import LEVELS
from model.scoring import Score

_COLUMNS = 4
_HOURS = np.arange(1, 25)
#: How each reference is called and drawn.
_STYLES = {
    "persistence": ("persistence", "--", "0.6"),
    "yesterday": ("same hour yesterday", ":", "0.6"),
    "week": ("same hour, mean of 7 days", "-.", "0.6"),
    "zero": ("zero", "--", "tab:orange"),
}


def plot_scores(
    scores: Mapping[str, Score], title: str, path: Path, *more: Callable[[Axes], None]
) -> None:
    """Write a PNG: a panel for each parameter, one for coverage and one for reliability.

    Args:
        scores: By parameter code.
        title: The whole figure's.
        path: The PNG file.
        more: Each draws one more panel.
    """
    drawn = len(scores) + 2
    rows = -(-(drawn + len(more)) // _COLUMNS)
    with new_figure(path, 3.4 * _COLUMNS, 2.7 * rows) as figure:
        panels = list(np.ravel(figure.subplots(rows, _COLUMNS, squeeze=False)))
        for axes, (code, score) in zip(panels, scores.items(), strict=False):
            _errors(axes, code, score)
        _coverage(panels[len(scores)], scores)
        _reliability(panels[len(scores) + 1], scores)
        for axes, draw in zip(panels[drawn:], more, strict=False):
            draw(axes)
        for axes in panels[drawn + len(more) :]:
            axes.set_axis_off()
        panels[0].legend(frameon=False)
        figure.suptitle(title)


def _errors(axes: Axes, code: str, score: Score) -> None:
    for name in score.references:
        label, style, colour = _STYLES[name]
        axes.plot(_HOURS, score.by_lead(name), color=colour, linestyle=style, label=label)
    axes.plot(_HOURS, score.by_lead("mae"), color="tab:blue", linewidth=2, label="forecast (p50)")
    shown = parameter(code)
    axes.set_title(f"{shown.name}: skill {score.skill:.0%} ({score.reference})")
    axes.set_ylabel(f"MAE, {shown.unit}")
    _hours(axes)


def _coverage(axes: Axes, scores: Mapping[str, Score]) -> None:
    axes.axhspan(0.76, 0.84, color="tab:green", alpha=0.15)
    for code, score in scores.items():
        axes.plot(_HOURS, score.by_lead("coverage"), label=code, linewidth=1)
    axes.set_title("Share within p10 to p90 (ideal: 0.8)")
    axes.set_ylim(0.5, 1)
    axes.legend(frameon=False, fontsize=6, ncols=2)
    _hours(axes)


def _reliability(axes: Axes, scores: Mapping[str, Score]) -> None:
    """Draw the share of observations below each quantile, over what it should be."""
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1)
    for score in scores.values():
        shares = [score.overall("below"), score.overall("under"), 1 - score.overall("above")]
        axes.plot(LEVELS, shares, marker="o", markersize=3, linewidth=1)
    axes.set_title("Observations below p10, p50, p90")
    axes.set_xticks([0, *LEVELS, 1])
    axes.grid(alpha=0.2)


def _hours(axes: Axes) -> None:
    axes.set_xticks(range(0, 25, 6))
    axes.set_xlabel("lead time, hours")
    axes.set_xlim(0, 24)
    axes.grid(alpha=0.2)
