"""Plots of what benchmarks found: a row of panels, in each bars of one figure beside others.

What is plotted stands in `PLOTS`, by the names of the figures. Bars of benchmarks that were not run
are left out, then panels with a single bar, and plots without panels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matplotlib.figure import Figure

from bench.harness.figures import digits
from local.training import score_plot  # noqa: F401 -- the house style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from bench.harness.results import Result

#: Ours, and what it is compared with.
_OURS, _OTHERS = "tab:blue", "0.72"

#: What a night does, in order: the names that states have in one night or another, and the colour.
_STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    "read": (("ReadObservations",), "tab:blue"),
    "features": (("PlanRun", "BuildInput", "Features"), "tab:orange"),
    "predict": (("Transform", "Predict"), "tab:green"),
    "load": (("LoadForecasts", "Write"), "tab:red"),
    "the rest": ((), "0.72"),
}


class Bar(NamedTuple):
    """A bar of one figure.

    Attributes:
        label: For people.
        bench: Where the figure is.
        figure: Its name; of a night, what stands before `: wall` and before its states.
        ours: Whether it is ours.
    """

    label: str
    bench: str
    figure: str
    ours: bool = False


class Panel(NamedTuple):
    """Bars of the same unit.

    Attributes:
        title: Above them, with the unit.
        bars: From above.
        logarithmic: Whether they differ by powers of ten.
        states: Whether each bar is a night, whose states follow one another.
    """

    title: str
    bars: tuple[Bar, ...]
    logarithmic: bool = False
    states: bool = False


class Plot(NamedTuple):
    """A row of panels.

    Attributes:
        section: Where it is shown: the benchmark whose table follows.
        about: What it shows, for those who do not see it.
        panels: From the left.
    """

    section: str
    about: str
    panels: tuple[Panel, ...]


def _of_servers(what: str) -> tuple[Bar, ...]:
    return (
        Bar("Stationcast", "servers", f"ours, {what}: CPU", ours=True),
        Bar("Powertools resolver", "servers", f"Powertools, {what}: CPU"),
        Bar("Feast feature server", "servers", f"Feast, {what}: CPU"),
    )


#: By the name of the file, without its ending.
PLOTS = {
    "benchmarks-lookup": Plot(
        "hot_path",
        "Processor time of a lookup beside boto3, the textbook, Powertools and Feast",
        (
            Panel(
                "One lookup in Lambda, CPU µs",
                (
                    Bar("Stationcast, again", "hot_path", "the same again: CPU", ours=True),
                    Bar("Stationcast", "hot_path", "lookup: CPU", ours=True),
                    Bar("bare boto3 get_item", "hot_path", "bare get_item: CPU"),
                    Bar("textbook function", "hot_path", "textbook: CPU"),
                ),
            ),
            Panel("Under a server, 1 station, CPU µs", _of_servers("1 station")),
            Panel("Under a server, 100 stations, CPU µs", _of_servers("100 stations")),
        ),
    ),
    "benchmarks-night": Plot(
        "textbook_night",
        "Seconds of a night by state, beside the textbook's night and Feast's load",
        (
            Panel(
                "A night into DynamoDB Local, seconds",
                (
                    Bar("Stationcast", "textbook_night", "ours", ours=True),
                    Bar("textbook", "textbook_night", "textbook"),
                    Bar(
                        "Feast, 7 of 504 numbers",
                        "textbook_night",
                        "Feast materialize, 7 of 504 numbers",
                    ),
                ),
                states=True,
            ),
        ),
    ),
    "benchmarks-model": Plot(
        "model",
        "Processor time of a request's trees, and of all of its prediction, by engine",
        (
            Panel(
                "Trees of one request, CPU ms",
                (
                    Bar("compiled", "model", "request, compiled, processor", ours=True),
                    Bar("ONNX Runtime", "model", "request, ONNX Runtime, processor"),
                    Bar("XGBoost", "model", "request, XGBoost, processor"),
                ),
            ),
            Panel(
                "The whole prediction, CPU ms",
                (
                    Bar("compiled", "model", "predict_fn, compiled, processor", ours=True),
                    Bar("XGBoost", "model", "predict_fn, XGBoost, processor"),
                ),
            ),
        ),
    ),
    "benchmarks-cost": Plot(
        "cost",
        "Dollars a month by way of hosting",
        (
            Panel(
                "11,000 stations, 100,000 lookups a day, $ a month (logarithmic)",
                tuple(
                    Bar(way, "cost", f"today, lookups: {way}", ours="batch" in way)
                    for way in (
                        "batch transform, table, API",
                        "in a Lambda function",
                        "serverless endpoint",
                        "endpoint, always on",
                        "an endpoint for each model",
                    )
                ),
                logarithmic=True,
            ),
        ),
    ),
}


def draw(results: Mapping[str, Result], folder: Path) -> None:
    """Write a PNG of each plot that there are figures for; delete what is there of the others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, each in PLOTS.items():
        path = folder / f"{name}.png"
        found = ((panel, _found(panel, results)) for panel in each.panels)
        panels = [(panel, bars) for panel, bars in found if len(bars) > 1]
        path.unlink(missing_ok=True)
        if panels:
            _draw(panels, path)


def _found(panel: Panel, results: Mapping[str, Result]) -> dict[Bar, dict[str, float]]:
    """Return the steps of each bar that there is; of bars without states, one with no name."""
    found = {}
    for bar in panel.bars:
        result = results.get(bar.bench)
        values = dict(_values(bar, result, states=panel.states)) if result else {}
        if values:
            found[bar] = values
    return found


def _values(bar: Bar, result: Result, *, states: bool) -> Iterator[tuple[str, float]]:
    whole = result.value(f"{bar.figure}: wall" if states else bar.figure)
    if whole is None:
        return
    if not states:
        yield "", whole
        return
    steps = dict(_steps(bar, result))
    # What has no states does nothing but load.
    yield from steps.items() if steps else [("load", whole)]
    if steps:
        yield "the rest", whole - sum(steps.values())


def _steps(bar: Bar, result: Result) -> Iterator[tuple[str, float]]:
    for step, (names, _) in _STEPS.items():
        values = (result.value(f"{bar.figure}: {name}: wall") for name in names)
        known = [value for value in values if value is not None]
        if known:
            yield step, sum(known)


def _draw(panels: Sequence[tuple[Panel, dict[Bar, dict[str, float]]]], path: Path) -> None:
    rows = max(len(found) for _, found in panels)
    figure = Figure(figsize=(max(7.0, 4.1 * len(panels)), 1.0 + 0.4 * rows), layout="constrained")
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (panel, found) in zip(all_axes, panels, strict=True):
        _bars(axes, panel, found)
    if any(panel.states for panel, _ in panels):
        all_axes[0].legend(
            frameon=False, ncols=len(_STEPS), loc="upper center", bbox_to_anchor=(0.5, -0.1)
        )
    figure.savefig(path, dpi=120)


def _bars(axes: Axes, panel: Panel, found: Mapping[Bar, Mapping[str, float]]) -> None:
    for row, (bar, steps) in enumerate(found.items()):
        left = 0.0
        for step, value in steps.items():
            color = _STEPS[step][1] if step else _OURS if bar.ours else _OTHERS
            label = step if step and step not in axes.get_legend_handles_labels()[1] else None
            axes.barh(row, value, left=left, color=color, height=0.66, label=label)
            left += value
        weight = "bold" if bar.ours else "normal"
        axes.text(left, row, f" {digits(left)}", verticalalignment="center", fontweight=weight)
    axes.set_yticks(range(len(found)), [bar.label for bar in found])
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
