"""A simulated day as a plot."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from local.plots import new_figure
from local.scaling.simulation import DAY_SECONDS, Day, percentile_ms
from local.scaling.traffic import MINUTES

_HOUR = 3600
_LEVELS = {50: "tab:green", 90: "tab:orange", 99: "tab:red"}
#: Minutes in one point of the latencies; shorter windows have too few requests for a p99.
_WINDOW = 5
_HEIGHTS = (1.2, 1, 1.5, 1)


def plot_day(day: Day, title: str, patience: float, path: Path) -> None:
    """Write a PNG of the requests, instances, latencies and costs of a day.

    Args:
        day: The simulated day.
        title: The title of the figure.
        patience: Seconds that a caller waits for an answer, drawn as a line.
        path: The PNG file.
    """
    with new_figure(path, 9, 8) as figure:
        panels = figure.subplots(4, 1, sharex=True, height_ratios=_HEIGHTS)
        _requests(panels[0], day)
        _instances(panels[1], day)
        _latencies(panels[2], day, patience)
        _cost(panels[3], day)
        for axes in panels:
            axes.grid(alpha=0.2)
        panels[-1].set_xlim(0, 24)
        panels[-1].set_xticks(range(0, 25, 3))
        panels[-1].set_xlabel("hour of the day")
        figure.suptitle(title)


def _requests(axes: Axes, day: Day) -> None:
    edges = np.arange(MINUTES + 1) / 60
    hours = day.demand.arrivals / _HOUR
    came, _ = np.histogram(hours, edges)
    rejected, _ = np.histogram(hours[np.isinf(day.latencies)], edges)
    axes.plot(edges[:-1], came, color="tab:blue", linewidth=1, label="received")
    axes.fill_between(edges[:-1], rejected, color="tab:red", label="rejected")
    axes.set_ylabel("requests per minute")
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _instances(axes: Axes, day: Day) -> None:
    hours = [change.time / _HOUR for change in day.changes]
    for name, style in (("paid", "--"), ("serving", "-")):
        counts = [getattr(change, name) for change in day.changes]
        axes.step([*hours, 24], [*counts, counts[-1]], style, where="post", label=name)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("instances")
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _latencies(axes: Axes, day: Day, patience: float) -> None:
    starts = np.arange(0, MINUTES, _WINDOW)
    edges = np.searchsorted(day.demand.arrivals, np.append(starts, MINUTES) * 60)
    for level, color in _LEVELS.items():
        axes.plot(starts / 60, _levels(day, edges, level), color=color, label=f"p{level}")
    axes.axhline(patience * 1000, color="0.6", linewidth=0.8, linestyle=":")
    axes.set_yscale("log")
    axes.set_ylabel("latency of answers, ms")
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _levels(day: Day, edges: NDArray[np.int64], level: int) -> list[float]:
    """Return a percentile of the answers in each window; NaN for windows without any."""
    windows = [day.latencies[start:end] for start, end in pairwise(edges)]
    return [percentile_ms(window[np.isfinite(window)], level) for window in windows]


def _cost(axes: Axes, day: Day) -> None:
    times = range(0, DAY_SECONDS + 1, 600)
    rate = day.usd / (day.mean("paid") * DAY_SECONDS)
    dollars = [day.mean("paid", 0, time) * time * rate if time else 0.0 for time in times]
    axes.plot([time / _HOUR for time in times], dollars, color="tab:purple")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("$ since midnight")
