"""The report of a judgement, which goes with the candidates: JSON, Markdown and a plot."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from batch_jobs.training.judgement import Comparison, Judgement
from batch_jobs.training.registry import HELD_BACK
from forecasts.parameter import parameter
from local.plots import new_figure

_HEADINGS = ("parameter", "hours", "pinball loss", "in use", "gain", "skill", "reference", "within")


def report_files(month: str, judgements: Sequence[Judgement]) -> dict[str, bytes]:
    """Return the files of a report by name: report.json, report.md and report.png.

    Args:
        month: The training's name.
        judgements: Of each candidate; there must be one.
    """
    found = [judgement.to_json() for judgement in judgements]
    return {
        "report.json": json.dumps(found, indent=1).encode() + b"\n",
        "report.md": "\n".join(_page(month, judgements)).encode() + b"\n",
        "report.png": _plot(month, judgements),
    }


def _page(month: str, judgements: Sequence[Judgement]) -> Iterator[str]:
    yield f"# Training of {month}"
    for each in judgements:
        yield from ("", f"## {each.candidate}: {'accepted' if each.accepted else 'refused'}", "")
        against = f"compared with {each.in_use}" if each.in_use else "there is no model in use"
        yield f"Forecasts from {each.since or 'no hour'} on; {against}."
        yield from (f"- {reason}" for reason in each.reasons)
        for scope, comparisons in each.comparisons.items():
            yield from ("", f"### {scope.capitalize()}", "", _row(_HEADINGS))
            yield _row(["---", *["---:"] * (len(_HEADINGS) - 1)])
            yield from (_row(_cells(code, of)) for code, of in comparisons.items())
    yield from ("", "![Gains and skills of the candidates](report.png)")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(code: str, of: Comparison) -> list[str]:
    in_use = "-" if of.in_use is None else f"{of.in_use:.4g}"
    gain = "-" if of.gain is None else f"{of.gain:+.1%}"
    unit = parameter(code).unit
    numbers = [f"{of.hours:,}", f"{of.pinball:.4g} {unit}", in_use, gain, f"{of.skill:+.1%}"]
    return [code, *numbers, of.reference, f"{of.coverage:.1%}"]


def _plot(month: str, judgements: Sequence[Judgement]) -> bytes:
    """Draw the skill of each candidate and, if there is a model in use, what it gains on that."""
    panels = {"skill": "error, less than that of the best reference"}
    if any(judgement.in_use for judgement in judgements):
        panels["gain"] = "pinball loss, less than that of the model in use"
    with tempfile.TemporaryDirectory(prefix="stationcast-") as folder:
        path = Path(folder) / "report.png"
        with new_figure(path, 6 * len(panels), 4) as figure:
            drawn = figure.subplots(1, len(panels), squeeze=False)[0]
            for axes, (name, title) in zip(drawn, panels.items(), strict=True):
                _bars(axes, judgements, name, title)
            drawn[0].legend(frameon=False)
            figure.suptitle(f"Training of {month}, held-back time")
        return path.read_bytes()


def _bars(axes: Axes, judgements: Sequence[Judgement], name: str, title: str) -> None:
    codes = list(dict.fromkeys(code for each in judgements for code in _held_back(each)))
    width = 0.8 / len(judgements)
    for index, judgement in enumerate(judgements):
        of = _held_back(judgement)
        values = [getattr(of[code], name) if code in of else None for code in codes]
        heights = [np.nan if value is None else 100 * value for value in values]
        at = np.arange(len(codes)) + (index - (len(judgements) - 1) / 2) * width
        axes.bar(at, heights, width, label=judgement.candidate)
    axes.axhline(0, color="0.4", linewidth=1)
    axes.set_xticks(range(len(codes)), codes, rotation=30, ha="right")
    axes.set_ylabel("%")
    axes.set_title(title)


def _held_back(judgement: Judgement) -> Mapping[str, Comparison]:
    return judgement.comparisons.get(HELD_BACK, {})
