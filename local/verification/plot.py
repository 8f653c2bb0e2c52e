"""The plot of a verification: that of an evaluation, and the worst stations."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from matplotlib.axes import Axes

from local.training.score_plot import plot_scores
from local.verification.report import StationScore, VerificationReport

#: How many stations the panel has.
_WORST = 12


def plot_verification(report: VerificationReport, path: Path) -> None:
    """Write a PNG: errors and coverage by lead time, reliability, the worst stations."""
    first, last = report.runs[0], report.runs[-1]
    title = f"{len(report.runs)} nights, {first.id} to {last.id}"
    panel = partial(_draw_worst, report.worst(_WORST))
    plot_scores(report.scores(), title if len(report.runs) > 1 else f"Run {first.id}", path, panel)


def _draw_worst(worst: Sequence[StationScore], axes: Axes) -> None:
    names = [f"{station.id} {code}" for station, code, _ in worst]
    axes.barh(names, [score.overall("coverage") for *_, score in worst], color="tab:blue")
    axes.axvline(0.8, color="0.6", linestyle="--", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.tick_params(axis="y", labelsize=6)
    axes.set_title("Intervals that held the least")
