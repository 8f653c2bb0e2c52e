"""Cost against requests, as a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from local.cost.ways import (
    ALWAYS_ON,
    ASYNC,
    EACH_MODEL,
    IN_LAMBDA,
    MULTI_MODEL,
    PRECOMPUTED,
    SCALED,
    SERVERLESS,
)
from local.training import score_plot  # noqa: F401 -- the house style

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from local.cost.curves import Curves

#: What is of interest is drawn strongly; the same way has the same colour in all panels.
_STYLES: dict[str, dict[str, str | float]] = {
    PRECOMPUTED: {"color": "tab:blue", "linewidth": 2.5},
    ALWAYS_ON: {"color": "tab:red", "linewidth": 1.5},
    SCALED: {"color": "tab:orange", "linewidth": 1.5, "linestyle": "--"},
    SERVERLESS: {"color": "tab:green", "linewidth": 1.5},
    IN_LAMBDA: {"color": "tab:purple", "linewidth": 1.5},
    ASYNC: {"color": "0.6", "linewidth": 1, "linestyle": ":"},
    MULTI_MODEL: {"color": "tab:brown", "linewidth": 1, "linestyle": "-."},
    EACH_MODEL: {"color": "0.4", "linewidth": 1},
}
#: Drawn in this order: what lies under others is wider or drawn first.
_PLOTTED = tuple(_STYLES)


def plot_curves(panels: Sequence[Curves], title: str, path: Path) -> None:
    """Write a PNG: a panel for each question, both axes logarithmic, break-evens marked.

    Args:
        panels: One or two.
        title: Above them.
        path: Where.
    """
    figure = Figure(figsize=(5.6 * len(panels), 4.6), layout="constrained")
    axes = list(np.ravel(figure.subplots(1, len(panels), squeeze=False)))
    for panel, curves in zip(axes, panels, strict=True):
        _panel(panel, curves)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    figure.suptitle(title)
    figure.savefig(path, dpi=120)


def _panel(axes: Axes, curves: Curves) -> None:
    for way in _PLOTTED:
        if way in curves.usd:
            axes.loglog(curves.requests, curves.usd[way], label=way, **_STYLES[way])
    for at in curves.break_evens:
        axes.axvline(at.requests, color="0.8", linewidth=0.8, zorder=0)
        axes.plot(at.requests, at.usd, "ko", markersize=5)
        axes.annotate(
            f"{_short(at.requests)}: {at.above}",
            (at.requests, at.usd),
            xytext=(5, -11),
            textcoords="offset points",
            fontsize=7,
        )
    axes.set_xlabel(f"{curves.about} a month")
    axes.set_ylabel("$ a month")
    axes.grid(alpha=0.2)


def _short(requests: float) -> str:
    """Write a number of at least some thousands."""
    sizes = ((1e9, "G"), (1e6, "M"))
    size, name = next((one for one in sizes if requests >= one[0]), (1e3, "k"))
    return f"{requests / size:.3g} {name}"
