"""Plots of benchmarks: a row of panels, each with bars of figures that are compared.

`PLOTS` defines them by the names of the figures. Bars without a figure are left out, then panels
with a single bar, then plots without panels.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes

from bench.harness.figures import digits
from bench.harness.results import Result
from local.plots import new_figure

#: The colours of our bars, and of those of the peers.
_OURS, _OTHERS = "tab:blue", "0.72"

#: The steps of a night, in order: the states that belong to each, and its colour.
_STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    "read": (("ReadObservations",), "tab:blue"),
    "features": (("PlanRun", "BuildInput", "Features"), "tab:orange"),
    "predict": (("Transform", "Predict"), "tab:green"),
    "load": (("LoadForecasts", "Write"), "tab:red"),
    "the rest": ((), "0.72"),
}


class Panel(NamedTuple):
    """Bars of the same unit.

    Attributes:
        title: The title, with the unit.
        bench: The benchmark that has the figures.
        bars: The names of the figures by label, from the top. For nights, the part of the names
            that comes before `: wall` and before the states.
        ours: How many bars are ours, from the top.
        logarithmic: Whether the bars differ by powers of ten.
        states: Whether each bar is a night, divided into its states.
    """

    title: str
    bench: str
    bars: Mapping[str, str]
    ours: int = 1
    logarithmic: bool = False
    states: bool = False


class Plot(NamedTuple):
    """A row of panels.

    Attributes:
        section: The benchmark in whose section it is shown.
        about: A text alternative.
        panels: From the left.
    """

    section: str
    about: str
    panels: tuple[Panel, ...]


def _of_servers(what: str) -> Panel:
    bars = {
        "Stationcast": f"ours, {what}: CPU",
        "Powertools resolver": f"Powertools, {what}: CPU",
        "Feast feature server": f"Feast, {what}: CPU",
    }
    return Panel(f"Under a server, {what}, CPU µs", "servers", bars)


#: By the name of the file, without its ending.
PLOTS = {
    "benchmarks-lookup": Plot(
        "hot_path",
        "Processor time of a lookup, compared with boto3, the textbook, Powertools and Feast",
        (
            Panel(
                "One lookup in Lambda, CPU µs",
                "hot_path",
                {
                    "Stationcast, again": "the same again: CPU",
                    "Stationcast": "lookup: CPU",
                    "bare boto3 get_item": "bare get_item: CPU",
                    "textbook function": "textbook: CPU",
                },
                ours=2,
            ),
            _of_servers("1 station"),
            _of_servers("100 stations"),
        ),
    ),
    "benchmarks-night": Plot(
        "textbook_night",
        "Seconds of a night by state, compared with the textbook's night and Feast's load",
        (
            Panel(
                "A night into DynamoDB Local, seconds",
                "textbook_night",
                {
                    "Stationcast": "ours",
                    "textbook": "textbook",
                    "Feast, 7 of 504 numbers": "Feast materialize, 7 of 504 numbers",
                },
                states=True,
            ),
        ),
    ),
    "benchmarks-model": Plot(
        "model",
        "Processor time of a request's trees, and of its whole prediction, by engine",
        (
            Panel(
                "Trees of one request, CPU ms",
                "model",
                {
                    engine: f"request, {engine}, processor"
                    for engine in ("compiled", "ONNX Runtime", "XGBoost")
                },
            ),
            Panel(
                "The whole prediction, CPU ms",
                "model",
                {engine: f"predict_fn, {engine}, processor" for engine in ("compiled", "XGBoost")},
            ),
        ),
    ),
    "benchmarks-cost": Plot(
        "cost",
        "Dollars a month by way of hosting",
        (
            Panel(
                "11,000 stations, 100,000 lookups a day, $ a month (logarithmic)",
                "cost",
                {
                    way: f"today, lookups: {way}"
                    for way in (
                        "batch transform, table, API",
                        "in a Lambda function",
                        "serverless endpoint",
                        "endpoint, always on",
                        "an endpoint for each model",
                    )
                },
                logarithmic=True,
            ),
        ),
    ),
}


def draw(results: Mapping[str, Result], folder: Path) -> None:
    """Write a PNG of each plot that has figures; delete those of the others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, plot in PLOTS.items():
        path = folder / f"{name}.png"
        found = ((panel, _found(panel, results.get(panel.bench))) for panel in plot.panels)
        panels = [(panel, bars) for panel, bars in found if len(bars) > 1]
        path.unlink(missing_ok=True)
        if panels:
            _draw(panels, path)


def _found(panel: Panel, result: Result | None) -> dict[str, dict[str, float]]:
    """Return the steps of each bar that has a figure; the step of a plain bar has no name."""
    found = {label: dict(_steps(panel, figure, result)) for label, figure in panel.bars.items()}
    return {label: steps for label, steps in found.items() if steps}


def _steps(panel: Panel, figure: str, result: Result | None) -> Iterator[tuple[str, float]]:
    whole = result.value(f"{figure}: wall" if panel.states else figure) if result else None
    if result is None or whole is None:
        return
    if not panel.states:
        yield "", whole
        return
    left = whole
    for step, (names, _) in _STEPS.items():
        known = [result.value(f"{figure}: {name}: wall") or 0.0 for name in names]
        if any(known):
            yield step, sum(known)
            left -= sum(known)
    # A night without states does nothing but load.
    yield "load" if left == whole else "the rest", left


def _draw(panels: Sequence[tuple[Panel, dict[str, dict[str, float]]]], path: Path) -> None:
    rows = max(len(found) for _, found in panels)
    with new_figure(path, max(7.0, 4.1 * len(panels)), 1.0 + 0.4 * rows) as figure:
        all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (panel, found) in zip(all_axes, panels, strict=True):
            _bars(axes, panel, found)
        if any(panel.states for panel, _ in panels):
            all_axes[0].legend(
                frameon=False, ncols=len(_STEPS), loc="upper center", bbox_to_anchor=(0.5, -0.1)
            )


def _bars(axes: Axes, panel: Panel, found: Mapping[str, Mapping[str, float]]) -> None:
    ours = list(panel.bars)[: panel.ours]
    for row, (label, steps) in enumerate(found.items()):
        left = 0.0
        for step, value in steps.items():
            color = _STEPS[step][1] if step else _OURS if label in ours else _OTHERS
            shown = step if step and step not in axes.get_legend_handles_labels()[1] else None
            axes.barh(row, value, left=left, color=color, height=0.66, label=shown)
            left += value
        weight = "bold" if label in ours else "normal"
        axes.text(left, row, f" {digits(left)}", verticalalignment="center", fontweight=weight)
    axes.set_yticks(range(len(found)), list(found))
    axes.invert_yaxis()
    axes.set_title(panel.title, loc="left", fontsize=9)
    longest = max(sum(steps.values()) for steps in found.values())
    if panel.logarithmic:
        axes.set_xscale("log")
        axes.set_xlim(1, longest * 4)
    else:
        axes.set_xlim(0, longest * 1.18)
    axes.set_xticks([])
    axes.minorticks_off()
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)
