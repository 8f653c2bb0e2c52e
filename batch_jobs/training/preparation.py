"""What one task does: reads the observations of its group, and writes the group's files.

It is the reader of nights that reads, so an hour of a training set is what an hour of a night is.
The task's record comes last: a task that was killed has none, and is done again.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from batch_jobs.errors import NoObservationsError
from batch_jobs.observations.files import GONE, File, open_location
from batch_jobs.observations.openaq_archive import location_of
from batch_jobs.observations.read import Observations, read_observations
from batch_jobs.observations.report import MOST_EXAMPLES_OF_A_REASON, ReadReport
from batch_jobs.observations.window import Window
from batch_jobs.training.errors import TrainingSetError
from batch_jobs.training.groups import Share
from batch_jobs.training.places import described_by
from batch_jobs.training.training_sets import (
    Fault,
    GroupRecord,
    record_name,
    row_of,
    write_parts,
)

#: Digits of a group's check sum in the names of its files.
_DIGITS = 12
#: What does not make an empty group worth a word: a month at the edge of the data is often empty.
_OTHERS_HAVE_IT = {"outside_window", "not_requested"}


@dataclass(frozen=True)
class Job:
    """A task, JSON-ready.

    Attributes:
        observations: Folder or S3 prefix of the observations.
        output: Folder or S3 prefix of the set.
        group: Name of the group.
        inputs: Its check sum.
        window: After which second it begins, and its last hour, in seconds since 1970 UTC.
        share: Number of its share of the stations, and of how many.
        files: Names and sizes of its files, station files included.
        stations: Those of its stations that are known before anything is read.
        parameters: Requested codes; None for all.
        countries: Requested codes; None for all.
        lost: Stations to leave out because reading them failed, and how.
    """

    observations: str
    output: str
    group: str
    inputs: str
    window: tuple[int, int]
    share: tuple[int, int]
    files: list[tuple[str, int]]
    stations: list[str]
    parameters: list[str] | None = None
    countries: list[str] | None = None
    lost: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the task as one line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Job":
        """Read a task."""
        return cls(**json.loads(text))


def prepare_group(job: Job, *, write: bool = True) -> None:
    """Do a task.

    Args:
        job: The task.
        write: False to find out whether the observations can be read at all.

    Raises:
        TrainingSetError: A file was deleted after it was listed.
        FileError: A file of the set cannot be written.
        TemporaryFileError: The readings fit neither in memory nor on the disk.
    """
    window = Window(*job.window)
    files = [File(name, size) for name, size in job.files]
    try:
        observations = read_observations(
            job.observations,
            end=datetime.fromtimestamp(window.until, UTC),
            hours=window.hours,
            parameters=job.parameters,
            station_ids=Share(*job.share, frozenset(job.lost)),
            files=files,
        )
    except NoObservationsError as error:
        _check_all_there(error.counts)
        record: GroupRecord | None = _empty(job, error)
    else:
        _check_all_there(observations.report.faults)
        record = _record(job, files, observations) if write else None
    if write and record:
        open_location(job.output).write(record_name(job.group), record.to_json())


def _check_all_there(counts: dict[str, int]) -> None:
    if GONE in counts:
        reason = "files of observations were deleted meanwhile, perhaps by compaction; start again"
        raise TrainingSetError(reason)


def _record(job: Job, files: list[File], observations: Observations) -> GroupRecord:
    """Write the hours of a group, and return its record."""
    into, name = open_location(job.output), f"{job.group}-{job.inputs[:_DIGITS]}"
    parts = write_parts(into, observations, name, job.countries)
    without_place = [each for each in observations.left_out if each.reason == "no_coordinates"]
    stations = [*map(row_of, observations.stations), *([each.station_id] for each in without_place)]
    faults = [
        *_file_faults(observations.report, {file.name for file in files}),
        *(Fault(each.station_id, f"no_coordinates: {each.detail}") for each in without_place),
    ]
    described = described_by(job.observations, files).check_sum(row[0] for row in stations)
    return GroupRecord(job.inputs, described, stations, parts, faults + _lost(job), list(job.lost))


def _empty(job: Job, error: NoObservationsError) -> GroupRecord:
    faults = [Fault("", str(error))] if error.counts.keys() - _OTHERS_HAVE_IT else []
    return GroupRecord(job.inputs, "", [], [], faults + _lost(job), list(job.lost))


def _lost(job: Job) -> list[Fault]:
    return [Fault(station_id, reason) for station_id, reason in sorted(job.lost.items())]


def _file_faults(report: ReadReport, names: set[str]) -> list[Fault]:
    """Return the faults of whole files: all are counted, the first few of each kind are named."""
    named = [(example.partition(": ")[0], example) for example in report.examples]
    faults = [Fault(location_of(name) or "", text) for name, text in named if name in names]
    many = sorted(
        (reason, count)
        for reason, count in report.faults.items()
        if count > MOST_EXAMPLES_OF_A_REASON
    )
    return faults + [Fault("", f"{count} times {reason}") for reason, count in many]
