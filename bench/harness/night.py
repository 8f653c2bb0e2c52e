"""Nights: `stationcast nightly` as a process of its own, watched from its start to its end."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.harness.figures import Figure
from bench.harness.inputs import ISSUE_TIME, ModelNote, apart, make_model, make_parquet
from bench.harness.locations import Location, sqlite_file
from bench.harness.watched_process import Cost, watch
from forecasts.run import run_id
from forecasts.runs import get_catalogue, get_run
from forecasts.times import utc_text

#: The run of a night.
RUN_ID = run_id(ISSUE_TIME, 1)

#: What belongs to no state: imports, the model, PublishRun, the end of the process.
REST = "the rest"

#: The first state whose end the command prints, by its progress bar.
_ANCHOR = "BuildInput"
_GB = 1e9


@dataclass(frozen=True, slots=True)
class MeasuredNight:
    """What a night cost.

    Attributes:
        total: From the start of the process to its end, imports included, all of its processes.
        states: The cost of each state; `REST` has no processor time and no memory.
        report: The run's own report.
    """

    total: Cost
    states: Mapping[str, Cost]
    report: Mapping[str, Any] = field(default_factory=dict)


class PublishedNight(NamedTuple):
    """A night that servers can read.

    Attributes:
        location: Its store.
        model: The model that forecast it.
        ids: Its stations.
    """

    location: Location
    model: ModelNote
    ids: list[str]


def publish_night(folder: Path, stations: int, location: Location | None = None) -> PublishedNight:
    """Publish a night with the demo's model.

    Args:
        folder: Gets the observations.
        stations: How many.
        location: An empty store; None for a SQLite file in *folder*.

    Raises:
        NightError: It did not publish; says what the command printed.
    """
    model = apart(make_model, None, Path(".stationcast"))
    observations = apart(make_parquet, folder, stations)
    location = location or sqlite_file(folder / "forecasts.db")
    measure_night(observations, model.path, location)
    with location.opened() as store:
        entries = get_catalogue(store, get_run(store, RUN_ID))
    return PublishedNight(location, model, [entry.station.id for entry in entries])


def measure_night(
    observations: Path,
    model: Path,
    location: Location,
    issue_time: datetime = ISSUE_TIME,
    *more: str,
) -> MeasuredNight:
    """Run a night into a store that does not have it.

    The very first night should not count: it fills the file cache and writes byte code.

    Args:
        observations: Folder.
        model: Artifact.
        location: The store.
        issue_time: Aware; of the night.
        more: More arguments of the command.

    Raises:
        NightError: It did not publish; says what the command printed.
    """
    command = Path(sys.executable).with_name("stationcast")
    where = ("--observations", observations, "--model", model, "--store", location.url)
    when = ("--issue-time", utc_text(issue_time))
    watched = watch([command, "nightly", *where, *when, *more], location.environment)
    with location.opened() as store:
        run = get_run(store, run_id(issue_time, 1))
    seconds: dict[str, float] = run.report["seconds"]
    # States follow each other without a pause, so one instant places them all.
    anchor = next(line.at for line in watched.lines if line.text.startswith(_ANCHOR))
    names = list(seconds)
    ended = anchor - sum(seconds[name] for name in names[: names.index(_ANCHOR) + 1])
    states = {}
    for name, took in seconds.items():
        states[name] = watched.cost(ended, ended + took)._replace(wall_seconds=took)
        ended += took
    rest = watched.total.wall_seconds - sum(seconds.values())
    return MeasuredNight(watched.total, {**states, REST: Cost(rest, 0.0, 0)}, run.report)


def night_figures(
    name: str,
    nights: Sequence[MeasuredNight],
    targets: tuple[float | None, float | None] = (None, None),
    middle: Callable[[Iterator[float]], float] = median,
) -> list[Figure]:
    """Make figures of nights, whole and by state: seconds, processor time, peak memory.

    Args:
        name: Begins the name of each figure.
        nights: Nights of the same kind.
        targets: Targets for the seconds and for the memory, in GB, of whole nights.
        middle: Averages the seconds of all nights; for memory the highest counts.
    """
    states = [state for state in nights[0].states if state != REST]
    figures = cost_figures(name, [night.total for night in nights], targets, middle)
    for state in states:
        costs = [night.states[state] for night in nights]
        figures += cost_figures(f"{name}: {state}", costs, middle=middle)
    return figures


def cost_figures(
    name: str,
    costs: Sequence[Cost],
    targets: tuple[float | None, float | None] = (None, None),
    middle: Callable[[Iterator[float]], float] = median,
) -> list[Figure]:
    """Make figures of costs; arguments as in `night_figures`."""
    peak = max(cost.peak_bytes for cost in costs) / _GB
    return [
        Figure(f"{name}: wall", middle(cost.wall_seconds for cost in costs), "s", targets[0]),
        Figure(f"{name}: CPU", middle(cost.cpu_seconds for cost in costs), "s"),
        Figure(f"{name}: peak memory", peak, "GB", targets[1]),
    ]
