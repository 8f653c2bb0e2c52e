"""The plot of a training: skills of its candidates, and what they gain on the model in use."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from batch_jobs.training.registry import Candidate, Training
from local.plots import new_figure


def judgement_plot(training: Training) -> bytes:
    """Draw the skill of each judged candidate and, if there is a model in use, its gain on that.

    Returns:
        A PNG.
    """
    judged = [each for each in training.candidates.values() if each.judgement]
    panels = {"skill": "error, less than that of the best reference"}
    if any(each.judgement["in_use"] for each in judged if each.judgement):
        panels["gain"] = "pinball loss, less than that of the model in use"
    with tempfile.TemporaryDirectory(prefix="stationcast-") as folder:
        path = Path(folder) / "report.png"
        with new_figure(path, 6 * len(panels), 4) as figure:
            drawn = figure.subplots(1, len(panels), squeeze=False)[0]
            for axes, (name, title) in zip(drawn, panels.items(), strict=True):
                _bars(axes, judged, name, title)
            drawn[0].legend(frameon=False)
            figure.suptitle(f"Training of {training.name}, held-back time")
        return path.read_bytes()


def _bars(axes: Axes, candidates: Sequence[Candidate], name: str, title: str) -> None:
    codes = list(dict.fromkeys(code for each in candidates for code in each.held_back))
    width = 0.8 / len(candidates)
    for index, candidate in enumerate(candidates):
        values = [candidate.held_back.get(code, {}).get(name) for code in codes]
        heights = [np.nan if value is None else 100 * value for value in values]
        at = np.arange(len(codes)) + (index - (len(candidates) - 1) / 2) * width
        axes.bar(at, heights, width, label=candidate.name)
    axes.axhline(0, color="0.4", linewidth=1)
    axes.set_xticks(range(len(codes)), codes, rotation=30, ha="right")
    axes.set_ylabel("%")
    axes.set_title(title)
