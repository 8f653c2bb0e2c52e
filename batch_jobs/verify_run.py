"""VerifyRun: compares the forecasts of a run with what was then observed.

The references see what the forecast saw: the history that is stored beside it. The truth is read
anew, so observations that came late, or were corrected, count when a run is verified again.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from batch_jobs.histories import Steps, opened_histories, unpacked_histories, unpacked_steps
from batch_jobs.packed_verifications import packed_records
from batch_jobs.plan_run import STATIONS_OF_A_PART
from batch_jobs.progress import Track, quiet
from forecasts.calibration import SIDES
from forecasts.errors import FormatError
from forecasts.gzip_bodies import decompress
from forecasts.item import Item, forecast_key, history_key
from forecasts.parameter import PARAMETERS
from forecasts.run import CHANCE, LEAD_HOURS, QUANTILES, Run
from forecasts.runs import get_catalogue
from forecasts.station import Station
from forecasts.stores.protocol import Reader
from forecasts.verification import GROUP_HOURS
from model.scoring import SUMS, sums_of

if TYPE_CHECKING:  # workers start in two thirds of the time without what reads observations
    from batch_jobs.observations.read import Observations

GROUPS = LEAD_HOURS // GROUP_HOURS


@dataclass(frozen=True)
class Verification:
    """How the forecasts of a run compare with what was observed.

    Attributes:
        run: The run.
        stations: The stations of the run.
        sums: [station, parameter, group, sum]: parameters as in `run`, groups of six lead times,
            sums as in `model.scoring.SUMS`.
        by_lead: [parameter, 24, sum], over all stations.
        steps: [station, parameter, side, group]: the factors that the run had, in steps of
            `forecasts.calibration`.
        records: By station id, of each station with hours that were compared; see
            `forecasts.verification`. Empty if no time of the records was given.
    """

    run: Run
    stations: tuple[Station, ...]
    sums: NDArray[np.float64]
    by_lead: NDArray[np.float64]
    steps: Steps
    records: Mapping[str, bytes] = field(default_factory=dict)

    def chance(self) -> np.random.Generator:
        """Return random numbers to round by: the same ones whenever the run is verified again."""
        seed = blake2b(self.run.id.encode(), digest_size=8).digest()
        return np.random.default_rng(int.from_bytes(seed))


class Job(NamedTuple):
    """Stations to verify.

    Attributes:
        run: The run.
        stations: N of its stations.
        truth: [N, parameter, 24]: what was observed; NaN where nothing was.
        as_of: Aware; when that was read, for the records. None for no records.
    """

    run: Run
    stations: Sequence[Station]
    truth: NDArray[np.float32]
    as_of: datetime | None


class Verified(NamedTuple):
    """How the forecasts of a job came true; the attributes are those of `Verification`."""

    sums: NDArray[np.float64]
    by_lead: NDArray[np.float64]
    steps: Steps
    records: Mapping[str, bytes]


#: Does jobs and yields what they verified, in order. Processes begin when it is called.
Do = Callable[[Iterable[Job]], Iterator[Verified]]


class Begun(NamedTuple):
    """A run that is being verified.

    Attributes:
        run: The run.
        stations: The stations of the run.
        parts: What its jobs verify, in order.
    """

    run: Run
    stations: tuple[Station, ...]
    parts: Iterator[Verified]


def begin(
    store: Reader,
    run: Run,
    observed: "Observations",
    as_of: datetime | None = None,
    do: Do | None = None,
) -> Begun:
    """Begin to verify a run.

    Args:
        store: Holds the run's forecasts and histories.
        run: A run that was loaded.
        observed: The 24 hours that the run forecasts. Hours that are missing do not count.
        as_of: Aware; when they were read, for the records. None for no records.
        do: Does the parts; None for one after the other, in this process.

    Raises:
        StoreError: The store cannot be read.
        DamagedItemError: The catalogue of the run is damaged. A damaged forecast or history costs
            only itself.
        ValueError: *observed* is of other hours.
    """
    if (observed.end, observed.values.shape[-1]) != (run.valid_until, LEAD_HOURS):
        raise ValueError(f"not the hours that run {run.id} forecasts")
    stations = tuple(entry.station for entry in get_catalogue(store, run))
    truth = _truth(observed, stations, run.parameters)
    starts = range(0, len(stations), STATIONS_OF_A_PART)
    parts = (slice(start, start + STATIONS_OF_A_PART) for start in starts)
    jobs = (Job(run, stations[part], truth[part], as_of) for part in parts)
    return Begun(run, stations, do(jobs) if do else (verify_part(store, job) for job in jobs))


def finish(begun: Begun, track: Track = quiet) -> Verification:
    """Wait until a run is verified; *track* shows progress.

    Raises:
        StoreError: The store cannot be read.
    """
    run, stations, parts = begun
    shape = len(stations), len(run.parameters)
    records: dict[str, bytes] = {}
    found = Verification(
        run,
        stations,
        np.zeros((*shape, GROUPS, len(SUMS))),
        np.zeros((shape[1], LEAD_HOURS, len(SUMS))),
        np.zeros((*shape, len(SIDES), GROUPS), np.int8),
        records,
    )
    starts = range(0, len(stations), STATIONS_OF_A_PART)
    for start, part in zip(starts, track(parts, "VerifyRun", len(starts)), strict=True):
        found.sums[start : start + STATIONS_OF_A_PART] = part.sums
        found.steps[start : start + STATIONS_OF_A_PART] = part.steps
        found.by_lead[:] += part.by_lead
        records.update(part.records)
    return found


def verify_run(
    store: Reader, run: Run, observed: "Observations", as_of: datetime | None = None
) -> Verification:
    """Verify a run in this process; arguments and errors are those of `begin` and `finish`."""
    return finish(begin(store, run, observed, as_of))


def verify_part(store: Reader, job: Job) -> Verified:
    """Verify some stations of a run.

    Raises:
        StoreError: The store cannot be read.
    """
    run, stations, truth, as_of = job
    keys = [forecast_key(station.id, run.id) for station in stations]
    histories = [history_key(station.id, run.id) for station in stations]
    items = store.get_many([*keys, *histories])
    values = b"".join([_values(items.get(key), run.parameters) for key in keys])
    opened = opened_histories([items[key].body if key in items else None for key in histories])
    history = unpacked_histories(opened, run.parameters)
    forecast = np.frombuffer(values).reshape(-1, len(QUANTILES) + 1, LEAD_HOURS)
    flat = sums_of(
        forecast[:, :-1],
        truth.reshape(-1, LEAD_HOURS),
        history.reshape(-1, history.shape[-1]),
        forecast[:, -1],
        np.tile([PARAMETERS[code].circular for code in run.parameters], len(stations)),
    )
    shape = len(stations), len(run.parameters)
    sums = flat.reshape(*shape, GROUPS, GROUP_HOURS, len(SUMS)).sum(axis=3)
    return Verified(
        sums,
        flat.reshape(*shape, LEAD_HOURS, len(SUMS)).sum(axis=0),
        unpacked_steps(opened, run.parameters),
        packed_records(run, stations, sums, as_of) if as_of else {},
    )


#: Numbers of 24 hours, as doubles. To convert nested lists takes numpy almost three times as long.
_HOURS = struct.Struct(f"{LEAD_HOURS}d")
_NO_CHANCE = [np.nan] * LEAD_HOURS
_NO_VALUES = dict.fromkeys(QUANTILES, _NO_CHANCE)


def _values(item: Item | None, codes: Sequence[str]) -> bytes:
    """Return the quantiles of a forecast and its chance: doubles, [parameter, 4, 24].

    They are NaN if there is no forecast, or a damaged one.
    """
    found: Mapping[str, Mapping[str, list[float]]] = {}
    try:
        if item is not None:
            found = orjson.loads(decompress(item.body))["values"]
        rows = []
        for code in codes:
            of = found.get(code, _NO_VALUES)
            rows += [_HOURS.pack(*of[name]) for name in QUANTILES]
            rows.append(_HOURS.pack(*of.get(CHANCE, _NO_CHANCE)))
    except (FormatError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        # `stationcast runs check` names it.
        return _values(None, codes)
    return b"".join(rows)


def _truth(
    observed: "Observations", stations: Sequence[Station], codes: Sequence[str]
) -> NDArray[np.float32]:
    """Return what was observed, [station, parameter, 24]; NaN where nothing was."""
    rows = {station.id: row for row, station in enumerate(observed.stations)}
    truth = np.full((len(stations), len(codes), LEAD_HOURS), np.nan, np.float32)
    known = [index for index, station in enumerate(stations) if station.id in rows]
    chosen = [rows[stations[index].id] for index in known]
    for column, code in enumerate(codes):
        if code in observed.parameters:
            measured = observed.values[:, observed.parameters.index(code)]
            truth[known, column] = measured[chosen]
    return truth
