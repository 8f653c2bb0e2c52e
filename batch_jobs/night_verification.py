"""VerifyRun within a night: which runs are due, how they came true, and what the night keeps of it.

A run is due when all its hours could be observed, and once more after four days, when the late
readings have come. Nothing here may stop a night: what fails is named in the report of its run.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from batch_jobs.observations.read import Observations
from batch_jobs.problems import noted
from batch_jobs.progress import Track, quiet
from batch_jobs.recalibration import mean_factors, next_steps, packed_steps, stored_steps
from batch_jobs.skill_map import moved_map
from batch_jobs.verified_night import VerifiedNight, VerifiedStations
from batch_jobs.verify_run import Begun, Do, Verification, begin, finish
from forecasts.errors import DamagedItemError
from forecasts.item import Item
from forecasts.run import HISTORY_HOURS, HORIZON, LEAD_HOURS, STEP, Run, RunState
from forecasts.runs import list_runs
from forecasts.stores.protocol import Reader
from forecasts.times import HOUR, utc_text
from forecasts.verification import SUMS, Sums, VerifiedNetwork
from forecasts.verifications import network_item, network_key, network_of
from model import scoring

logger = logging.getLogger(__name__)

#: When the archives of observations are complete, or nearly so: OpenAQ's takes 72 hours.
LATE = timedelta(days=4)
#: The most runs that a night verifies. One and a late one are due each night; after a night that
#: failed, there are more.
MOST_RUNS = 3

_COLUMNS = [scoring.SUMS.index(name) for name in SUMS]
_SHOWN = ("mae", "coverage", "reference", "skill", "hours")


def verify_night(
    store: Reader,
    by: Run,
    observed: Callable[[Run], Observations],
    keep: Callable[[Verification], None] | None = None,
    track: Track = quiet,
    do: Do | None = None,
) -> VerifiedNight:
    """Verify the runs that are due in a night; whatever fails is a problem, not an error.

    Args:
        store: Holds the runs.
        by: The night's own run.
        observed: Returns the 24 hours that a run forecasts, as they are known now.
        keep: Takes each verification, such as to write it into a file.
        track: Shows progress.
        do: Does the parts of a run, see `verify_run`.
    """
    verified: list[Verification] = []
    records: dict[str, list[bytes]] = {}
    networks: list[VerifiedNetwork] = []
    report: list[dict[str, Any]] = []
    problems: list[str] = []
    due = _Due()
    with noted(problems, "the runs that are due"):
        due = _due_runs(store, by)
    begun: list[Begun] = []
    for run in due.runs:  # all at once, so that no process waits while this one adds up
        with noted(problems, f"run {run.id}"):
            begun.append(begin(store, run, observed(run), by.issue_time, do))
    for each in begun:
        with noted(problems, f"run {each.run.id}"):
            done = finish(each, track)
            if keep:
                keep(done)
            network = network_verified(done, by, due.first.get(each.run.id, by.id))
            report.append(_report(done, by))
            networks.append(network)
            verified.append(done)
            for station_id, record in done.records.items():
                records.setdefault(station_id, []).append(record)
    factors: dict[str, bytes] = {}
    means: dict[str, dict[str, float]] = {}
    with noted(problems, "factors"):
        factors, means = _factors(store, due, verified)
    items = [network_item(each, by) for each in networks]
    with noted(problems, "map of skill"):
        items += _map_items(store, by, due, verified)
    return VerifiedNight(VerifiedStations(records, factors), items, problems, report, means)


class _Due(NamedTuple):
    """What a night has to verify.

    Attributes:
        runs: The runs, the newest first.
        newest: The newest run of all that could be verified, whose factors go on.
        first: For each run that an earlier night has verified, the run of the first one that did.
        maps: Ids of runs whose nights may have made the map of skill that goes on, best first.
    """

    runs: Sequence[Run] = ()
    newest: Run | None = None
    first: Mapping[str, str] = MappingProxyType({})
    maps: Sequence[str] = ()


def _factors(
    store: Reader, due: _Due, verified: Sequence[Verification]
) -> tuple[dict[str, bytes], dict[str, dict[str, float]]]:
    """Return the night's factors by station id, and their means.

    What came true moves those of the newest run, but only once: late truth moves nothing.
    """
    if due.newest is None:
        return {}, {}
    of_newest = [each for each in verified if each.run.id == due.newest.id]
    if of_newest and due.newest.id not in due.first:
        stations, steps = of_newest[0].stations, next_steps(of_newest[0])
    else:
        stations, steps = stored_steps(store, due.newest)
    return packed_steps(due.newest, stations, steps), mean_factors(due.newest, steps)


def _map_items(store: Reader, by: Run, due: _Due, verified: Sequence[Verification]) -> list[Item]:
    """Return the map of skill, moved on by the runs that are verified for the first time."""
    new = [each for each in reversed(verified) if each.run.id not in due.first]
    return moved_map(store, by, due.maps, new)


def hours_of(observations: Observations, run: Run) -> Observations:
    """Cut the 24 hours that a run forecasts out of longer observations.

    Raises:
        ValueError: They are not all in it.
    """
    later = (observations.end - run.valid_until) // HOUR
    end = observations.values.shape[-1] - later
    if later < 0 or end < LEAD_HOURS:
        raise ValueError(f"not all hours that run {run.id} forecasts were read")
    values = observations.values[..., end - LEAD_HOURS : end]
    return replace(observations, end=run.valid_until, values=values)


def network_verified(verified: Verification, by: Run, first: str) -> VerifiedNetwork:
    """Add up the stations of each country, for the night *by*; *first* verified the run first."""
    sums = verified.sums[..., _COLUMNS]
    hours = verified.sums[..., scoring.SUMS.index("hours")]
    codes = verified.run.parameters
    names = np.array([station.country for station in verified.stations])
    countries: dict[str, dict[str, tuple[Sums, ...]]] = {}
    for country in np.unique(names).tolist():
        of_country = sums[names == country].sum(axis=0)
        parameters = {
            code: tuple(map(tuple, of_country[index].tolist()))
            for index, code in enumerate(codes)
            if of_country[index, :, 0].any()
        }
        if parameters:
            countries[country] = parameters
    stations = int(hours.any(axis=(1, 2)).sum())
    return VerifiedNetwork(verified.run.id, by.issue_time, by.id, first, stations, countries)


def _due_runs(store: Reader, by: Run) -> _Due:
    candidates = list(_candidates(store, by))
    before = _verified_before(store, candidates)
    if not candidates:
        return _Due()
    due = [run for run in candidates if _is_due(run, before.get(run.id), by)]
    # A night that is started again finds its own verifications; they are as new as before.
    first = {run_id: each.first for run_id, each in before.items() if each.first != by.id}
    newest, ids = candidates[0], [run.id for run in candidates]
    # A run that was rejected, or is no longer the last attempt, may have verified the newest one.
    maps = [first.get(newest.id, newest.id), *ids]
    return _Due(due[:MOST_RUNS], newest, first, maps)


def _candidates(store: Reader, by: Run) -> Iterator[Run]:
    """Yield the published runs whose hours are all within the history of the night."""
    first, last = by.issue_time - HISTORY_HOURS * STEP, by.issue_time - HORIZON
    seen = set()
    for run in list_runs(store, _days(first, last)):
        is_first = run.issue_time not in seen
        if first <= run.issue_time <= last and run.state is RunState.PUBLISHED and is_first:
            seen.add(run.issue_time)
            yield run


def _days(first: datetime, last: datetime) -> list[str]:
    """Return how the ids of the runs begin that were issued on these days."""
    days = (last.date() - first.date()).days
    return [f"{first + timedelta(days=day):%Y%m%d}" for day in range(days + 1)]


def _verified_before(store: Reader, runs: Sequence[Run]) -> dict[str, VerifiedNetwork]:
    found = {}
    for key, item in store.get_many([network_key(run.id) for run in runs]).items():
        try:
            found[key.sk] = network_of(item)
        except DamagedItemError as error:
            logger.warning("%s. It is verified again", error)
    return found


def _is_due(run: Run, before: VerifiedNetwork | None, by: Run) -> bool:
    # A night that is started again must find the same runs due.
    if before is None or before.by == by.id:
        return True
    return before.as_of < run.valid_until + LATE <= by.issue_time


def _report(verified: Verification, by: Run) -> dict[str, Any]:
    parameters = {}
    for index, code in enumerate(verified.run.parameters):
        score = scoring.Score(verified.sums[:, index].sum(axis=0))
        if score.hours:
            summary = score.summary()
            parameters[code] = {name: summary[name] for name in _SHOWN}
    return {"run": verified.run.id, "as_of": utc_text(by.issue_time), "parameters": parameters}
