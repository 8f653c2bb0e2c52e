"""Makes a training set of a location of observations, or brings it up to date.

Everything that is decided before and after the tasks is decided here; who does the tasks, and
where, is the caller's choice. The set depends on nothing but the observations and the request.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from batch_jobs.errors import FileError, NoObservationsError
from batch_jobs.observations.days import Days
from batch_jobs.observations.files import File, Location, open_location
from batch_jobs.observations.names import source_of
from batch_jobs.observations.openaq_archive import location_of
from batch_jobs.observations.read import ENDINGS, covered
from batch_jobs.observations.report import MOST_EXAMPLES_OF_A_REASON
from batch_jobs.observations.stations import is_station_file
from batch_jobs.observations.window import HOUR_SECONDS, LAST_SECOND, Window
from batch_jobs.progress import Track, quiet
from batch_jobs.training.errors import TrainingSetError
from batch_jobs.training.groups import Group, Shape, days_of, groups_of
from batch_jobs.training.manifest import manifest_of, publish
from batch_jobs.training.places import Described, described_by
from batch_jobs.training.preparation import Job
from batch_jobs.training.training_sets import FORMAT, GroupRecord, read_manifest, record_name
from forecasts.parameter import parameter
from model.stations import share_of

#: Does tasks while it is entered, and yields something after each of them.
Runner = Callable[[Sequence[Job]], AbstractContextManager[Iterable[object]]]

#: The largest share of the stations that may be left out because reading them failed.
MOST_LOST = 0.02


@dataclass(frozen=True)
class Request:
    """What a set is to hold.

    Attributes:
        observations: Folder or S3 prefix.
        output: Folder or S3 prefix of the set.
        parameters: Codes; None for all that are measured.
        countries: Codes, "" for stations whose country is not known; None for all.
        since: The first hour, aware; None for the first that has a value.
        until: The last hour, aware; None for the last that has a value.
    """

    observations: str
    output: str
    parameters: Sequence[str] | None = None
    countries: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Prepared:
    """A set that has been made.

    Attributes:
        manifest: Its manifest.
        groups: Number of groups.
        made: How many of them were made now; the others were up to date.
    """

    manifest: Mapping[str, Any]
    groups: int
    made: int


def prepare(request: Request, run: Runner, track: Track = quiet) -> Prepared:
    """Make a set, or bring it up to date.

    Args:
        request: What it is to hold.
        run: Does the tasks.
        track: Shows progress.

    Raises:
        UnknownParameterError: A parameter is not in the catalogue.
        LocationError: The observations cannot be listed.
        NoObservationsError: There are no usable observations.
        GroupError: A task cannot be done.
        TrainingSetError: Too many stations are lost, or the old set is damaged.
        FileError: A file of the set cannot be read or written.
    """
    into = open_location(request.output)
    old = read_manifest(into)
    files = open_location(request.observations).files(Days.of(_asked(request)))
    described = described_by(request.observations, files)
    readable = _readable(request.observations, files)
    shape = _shape(readable, described, old)
    groups = groups_of(readable, shape, _window(request, readable))
    jobs = _jobs(request, groups, shape, files, described)
    records = {job.group: _kept(into, job, described) for job in jobs}
    due = [job for job in jobs if records[job.group] is None]
    with run(due) as done:
        for _ in track(done, "Reading groups", len(due)):
            pass
    records |= {job.group: _record(into, job.group) for job in due}
    found = {name: record for name, record in records.items() if record is not None}
    _check_lost(found, _known(readable, described))
    manifest = manifest_of(found, shape, described, {source_of(file.name) for file in readable})
    if not manifest["parameters"]:
        raise NoObservationsError(request.observations, _nothing(manifest))
    publish(into, manifest, found, old)
    return Prepared(manifest, len(jobs), len(due))


def _asked(request: Request) -> Window:
    """Return the requested hours; open bounds are those of all times.

    Raises:
        TrainingSetError: There are none.
    """
    since = 0 if request.since is None else int(request.since.timestamp())
    until = LAST_SECOND if request.until is None else int(request.until.timestamp())
    first, last = -(-since // HOUR_SECONDS), until // HOUR_SECONDS
    if first > last:
        raise TrainingSetError("--since has to be before --until")
    return Window((first - 1) * HOUR_SECONDS, last * HOUR_SECONDS)


def _readable(location: str, files: Sequence[File]) -> list[File]:
    """Return the files of observations.

    Raises:
        NoObservationsError: There are none.
    """
    found = [f for f in files if f.name.endswith(ENDINGS) and not is_station_file(f.name)]
    if not found:
        reason = f"none of its {len(files)} files ends in {', '.join(ENDINGS)}"
        raise NoObservationsError(location, reason)
    return found


def _nothing(manifest: Mapping[str, Any]) -> str:
    reasons = "; ".join(fault["reason"] for fault in manifest["faults"][:MOST_EXAMPLES_OF_A_REASON])
    return reasons or "no hour with a value is in the requested time, parameters and countries"


def _check_lost(records: Mapping[str, GroupRecord], known: set[str]) -> None:
    """Refuse a set that lacks too many stations.

    Raises:
        TrainingSetError: It does.
    """
    faults = [fault for record in records.values() for fault in record.faults]
    lost = {each for record in records.values() for each in record.lost}
    if len(lost) > MOST_LOST * len(known | lost):
        named = [f"{fault.location}: {fault.reason}" for fault in faults if fault.location in lost]
        raise TrainingSetError(
            f"{len(lost)} of {len(known | lost)} stations cannot be read, and no more than "
            f"{MOST_LOST:.0%} may be left out: {'; '.join(named[:MOST_EXAMPLES_OF_A_REASON])}"
        )


def _known(files: Iterable[File], described: Described) -> set[str]:
    return described.rows.keys() | {each for file in files if (each := location_of(file.name))}


def _shape(files: Sequence[File], described: Described, old: Mapping[str, Any] | None) -> Shape:
    before = Shape(**old["plan"]) if old else None
    return Shape.of(files, len(_known(files, described)), before)


def _window(request: Request, files: Sequence[File]) -> Window:
    """Return the requested hours; open bounds are those of the readings if names do not tell.

    Raises:
        NoObservationsError: There are no readings.
    """
    asked = _asked(request)
    if (request.since and request.until) or all(days_of(file.name) for file in files):
        return asked
    bounds = covered(request.observations, files)
    if bounds is None:
        raise NoObservationsError(request.observations, f"no readings in {len(files)} files")
    first, last = -(-bounds[0] // HOUR_SECONDS), -(-bounds[1] // HOUR_SECONDS)
    return Window(
        max(asked.after, (first - 1) * HOUR_SECONDS), min(asked.until, last * HOUR_SECONDS)
    )


def _jobs(
    request: Request,
    groups: Sequence[Group],
    shape: Shape,
    files: Sequence[File],
    described: Described,
) -> list[Job]:
    codes = sorted({parameter(code).code for code in request.parameters or ()}) or None
    countries = sorted(set(request.countries or ())) or None
    of_stations = [(file.name, file.size) for file in files if is_station_file(file.name)]
    known: list[list[str]] = [[] for _ in range(shape.shares)]
    for station_id in sorted(described.rows):
        known[share_of(station_id, shape.shares)].append(station_id)
    return [
        Job(
            observations=request.observations,
            output=request.output,
            group=group.name,
            inputs=group.inputs(FORMAT, shape, codes, countries),
            window=(group.window.after, group.window.until),
            share=(group.share, shape.shares),
            files=of_stations + [(file.name, file.size) for file in group.files],
            stations=_stations(group, known[group.share]),
            parameters=codes,
            countries=countries,
        )
        for group in groups
    ]


def _stations(group: Group, described: Sequence[str]) -> list[str]:
    """Return the stations that a group's files may have, as far as anything tells."""
    named = {location_of(file.name) for file in group.files}
    return sorted(filter(None, named.union(described) if None in named else named))


def _record(into: Location, group: str) -> GroupRecord | None:
    """Return the record of a group; None if there is none that can be read."""
    with suppress(FileError, ValueError, KeyError, TypeError):
        return GroupRecord.from_json(into.read(record_name(group)))
    return None


def _kept(into: Location, job: Job, described: Described) -> GroupRecord | None:
    """Return the record of a group that is up to date, and whose stations are; None otherwise.

    A group that lost stations, or had nothing usable, is made again: this time it may succeed.
    """
    record = _record(into, job.group)
    if record is None or record.inputs != job.inputs or record.lost:
        return None
    if not record.stations:
        return None if record.faults else record
    same = record.described == described.check_sum(row[0] for row in record.stations)
    return record if same else None
