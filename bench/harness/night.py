"""A measured night: `stationcast nightly` as a process of its own, from its start to its end."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.harness.stored import opened
from bench.harness.watched_process import Cost, Watched, watch
from forecasts.runs import list_runs
from forecasts.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from forecasts.stores.protocol import Store

#: What no state accounts for: imports, the model, PublishRun, the end of the process.
REST = "the rest"

#: The first state that says when it is over, by its bar.
_ANCHOR = "BuildInput"


@dataclass(frozen=True, slots=True)
class MeasuredNight:
    """What a night cost.

    Attributes:
        total: From the start of the process to its end, imports included, all of its processes.
        states: By state; `REST` without processor time and memory.
        report: The run's own.
    """

    total: Cost
    states: Mapping[str, Cost]
    report: Mapping[str, Any] = field(default_factory=dict)


def measure_night(
    observations: Path, model: Path, store: Path, issue_time: datetime
) -> MeasuredNight:
    """Run a night from *observations* into the new SQLite file *store*; see `watch_night`."""
    url = f"sqlite:///{store}"
    watched = _watched(observations, model, url, issue_time, {})
    with opened(store) as published:
        return _measured(watched, published)


def watch_night(
    observations: Path,
    model: Path,
    url: str,
    issue_time: datetime,
    store: Store,
    environment: Mapping[str, str],
) -> MeasuredNight:
    """Run a night, the only one of its store.

    The first night of all should not count: it fills the cache of files and writes byte code.

    Args:
        observations: Folder.
        model: Artifact.
        url: Of the store.
        issue_time: Aware.
        store: The same store, opened: the run's report is read from it.
        environment: Variables that the night gets besides ours.

    Raises:
        NightError: It did not publish; says what the command printed.
    """
    return _measured(_watched(observations, model, url, issue_time, environment), store)


def _watched(
    observations: Path,
    model: Path,
    url: str,
    issue_time: datetime,
    environment: Mapping[str, str],
) -> Watched:
    command = Path(sys.executable).with_name("stationcast")
    where = ("--observations", observations, "--model", model, "--store", url)
    return watch([command, "nightly", *where, "--issue-time", utc_text(issue_time)], environment)


def _measured(watched: Watched, store: Store) -> MeasuredNight:
    (run,) = list_runs(store)
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
