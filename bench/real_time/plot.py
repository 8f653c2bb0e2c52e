"""The plot of an outage: every answer by when it was asked for and how long it took."""

from pathlib import Path

from matplotlib.axes import Axes

from bench.real_time.outage import LIMIT, LOOKUP, POST, Outage
from local.plots import new_figure

#: Forecast-Source of an answer of the real-time model.
_REALTIME = "realtime"

#: Milliseconds, the upper end of the axis.
_TOP = 8000


def plot_outage(outage: Outage, path: Path) -> None:
    """Write a PNG: seconds from left to right, milliseconds upwards on a logarithmic axis."""
    with new_figure(path, 9, 4) as figure:
        axes = figure.subplots()
        _turns(axes, outage)
        _points(axes, outage)
        axes.set_yscale("log")
        axes.set_ylim(top=_TOP)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set_xlim(0, outage.schedule.end)
        axes.set_xlabel("seconds")
        axes.set_ylabel("time until the answer, ms")
        axes.grid(alpha=0.2)
        figure.legend(loc="outside upper left", ncols=5, frameon=False, markerscale=4)


def _points(axes: Axes, outage: Outage) -> None:
    posts = [sample for sample in outage.samples if sample.kind == POST]
    groups = {
        LOOKUP: ("0.6", [sample for sample in outage.samples if sample.kind == LOOKUP]),
        f"{POST}, real time": ("tab:blue", [s for s in posts if s.source == _REALTIME]),
        f"{POST}, degraded": ("tab:orange", [s for s in posts if s.source != _REALTIME]),
    }
    for label, (color, samples) in groups.items():
        sent, milliseconds = [s.sent for s in samples], [s.seconds * 1e3 for s in samples]
        axes.plot(sent, milliseconds, ".", color=color, markersize=2, label=label)


def _turns(axes: Axes, outage: Outage) -> None:
    on, off, _ = outage.schedule
    axes.axvspan(on, off, color="tab:red", alpha=0.08, linewidth=0, label="endpoint hangs")
    axes.axhline(LIMIT * 1e3, color="0.4", linestyle=":", linewidth=1, label="time limit")
    for what, when in {"opens": outage.opened, "closes": outage.closed}.items():
        if when is not None:
            axes.axvline(when, color="0.2", linestyle="--", linewidth=1)
            axes.text(when, _TOP * 0.8, f" circuit {what}", verticalalignment="top")
