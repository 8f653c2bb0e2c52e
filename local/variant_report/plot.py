"""The comparison of variants as a plot."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from local.plots import new_figure
from local.variant_report.intervals import Estimate
from local.variant_report.report import LEVELS, NO_VARIANT, Report, VariantReport

_COLORS = ("tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple")


def plot_report(report: Report, path: Path) -> None:
    """Write a PNG of endpoint times, shares and, if there are observations, accuracy."""
    count = 4 if report.parameters else 2
    with new_figure(path, 3.6 * count, 3.2) as figure:
        panels = list(np.ravel(figure.subplots(1, count)))
        _times(panels[0], report)
        _shares(panels[1], report)
        if report.parameters:
            _errors(panels[2], report)
            _coverage(panels[3], report)
        handles, labels = panels[1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=len(labels), frameon=False)


def _times(axes: Axes, report: Report) -> None:
    for index, (name, variant) in enumerate(_named(report).items()):
        if variant.milliseconds:
            estimates = [variant.milliseconds[level] for level in LEVELS]
            _points(axes, index, len(_named(report)), name, estimates)
    _labels(axes, list(LEVELS))
    axes.set_title("Endpoint time, ms")


def _shares(axes: Axes, report: Report) -> None:
    for index, (name, variant) in enumerate(_named(report).items()):
        estimates = [variant.degraded, *([variant.errors] if variant.errors else [])]
        _points(axes, index, len(_named(report)), name, estimates, scale=100)
    _labels(axes, ["degraded", "errors"])
    axes.set_title("Share of answers, %")


def _errors(axes: Axes, report: Report) -> None:
    """Draw the difference of each parameter in percent of the baseline's error."""
    axes.axhline(0, color="0.6", linewidth=1)
    names = list(_named(report))
    for column, found in enumerate(report.parameters):
        for name, compared in found.differences.items():
            # No percentage of a baseline without errors, e.g. for rain at a dry station.
            theirs = found.variants[report.baseline or ""].mae.value or math.inf
            which, scale = names.index(name), 100 / theirs
            _points(axes, which, len(names), name, [compared.mae], scale=scale, first=column)
    _labels(axes, [found.code for found in report.parameters])
    axes.set_title(f"MAE compared with {report.baseline}, %")


def _coverage(axes: Axes, report: Report) -> None:
    axes.axhspan(76, 84, color="tab:green", alpha=0.15)
    names = list(_named(report))
    for column, found in enumerate(report.parameters):
        for name, accuracy in found.variants.items():
            which = names.index(name)
            _points(axes, which, len(names), name, [accuracy.coverage], scale=100, first=column)
    _labels(axes, [found.code for found in report.parameters])
    axes.set_title("Within p10 to p90, % (ideal: 80)")


def _points(
    axes: Axes,
    index: int,
    count: int,
    name: str,
    estimates: Sequence[Estimate],
    *,
    scale: float = 1,
    first: int = 0,
) -> None:
    """Draw the estimates of one variant beside those of the others."""
    offset = (index - (count - 1) / 2) * 0.6 / count
    x = np.arange(first, first + len(estimates)) + offset
    widths = [estimate.half_widths or (0.0, 0.0) for estimate in estimates]
    axes.errorbar(
        x,
        [estimate.value * scale for estimate in estimates],
        yerr=np.transpose(widths) * scale,
        fmt="o",
        markersize=4,
        capsize=3,
        color=_COLORS[index % len(_COLORS)],
        label=name,
    )


def _named(report: Report) -> dict[str, VariantReport]:
    return {name: found for name, found in report.variants.items() if name != NO_VARIANT}


def _labels(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_xticks(range(len(labels)), labels, rotation=45 if len(labels) > len(LEVELS) else 0)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    axes.grid(alpha=0.2, axis="y")
