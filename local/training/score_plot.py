"""Plots of an evaluation: error against the baselines, and coverage, by lead time."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from forecasts.parameter import parameter
from local.plots import new_figure
from model.evaluation import Score

_COLUMNS = 4


def plot_scores(scores: dict[str, Score], title: str, path: Path) -> None:
    """Write a PNG with a panel for each parameter, and one for the intervals' coverage."""
    rows = -(-(len(scores) + 1) // _COLUMNS)
    with new_figure(path, 3.4 * _COLUMNS, 2.7 * rows) as figure:
        panels = list(np.ravel(figure.subplots(rows, _COLUMNS, squeeze=False)))
        for axes, (code, score) in zip(panels, scores.items(), strict=False):
            _errors(axes, code, score)
        _coverage(panels[len(scores)], scores)
        for axes in panels[len(scores) + 1 :]:
            axes.set_axis_off()
        panels[0].legend(frameon=False)
        figure.suptitle(title)


def _errors(axes: Axes, code: str, score: Score) -> None:
    hours = np.arange(1, len(score.mae) + 1)
    axes.plot(hours, score.persistence, color="0.6", linestyle="--", label="persistence")
    axes.plot(hours, score.yesterday, color="0.6", linestyle=":", label="same hour yesterday")
    axes.plot(hours, score.mae, color="tab:blue", linewidth=2, label="forecast (p50)")
    shown = parameter(code)
    axes.set_title(f"{shown.name}: skill {score.skill:.0%}")
    axes.set_ylabel(f"MAE, {shown.unit}")
    _hours(axes)


def _coverage(axes: Axes, scores: dict[str, Score]) -> None:
    hours = np.arange(1, 25)
    axes.axhspan(0.76, 0.84, color="tab:green", alpha=0.15)
    for code, score in scores.items():
        axes.plot(hours, score.coverage, label=code, linewidth=1)
    axes.set_title("Share within p10 to p90 (ideal: 0.8)")
    axes.set_ylim(0.5, 1)
    axes.legend(frameon=False, fontsize=6, ncols=2)
    _hours(axes)


def _hours(axes: Axes) -> None:
    axes.set_xticks(range(0, 25, 6))
    axes.set_xlabel("lead time, hours")
    axes.set_xlim(0, 24)
    axes.grid(alpha=0.2)
