"""Cost against requests, as a plot."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from local.cost.curves import Curves
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
from local.plots import new_figure

#: In drawing order. A way has the same colour in all panels; the important ones have thick lines.
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


def plot_curves(panels: Sequence[Curves], title: str, path: Path) -> None:
    """Write a PNG with a log-log panel for each question and its break-even points.

    Args:
        panels: The curves of one or two questions.
        title: The title of the whole figure.
        path: The PNG file.
    """
    with new_figure(path, 5.6 * len(panels), 4.6) as figure:
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for panel, curves in zip(axes, panels, strict=True):
            _panel(panel, curves)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=8
        )
        figure.suptitle(title)


def _panel(axes: Axes, curves: Curves) -> None:
    for way, style in _STYLES.items():
        if way in curves.usd:
            axes.loglog(curves.requests, curves.usd[way], label=way, **style)
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
