"""Everything that can go wrong during a night.

BatchJobsError
├── AnnouncementError
├── CsvError
├── IssueTimeError
├── RequestError
├── WindowError
├── WorkerError
├── LocationError
├── NoObservationsError
├── PlanError
├── LostRunError
├── FileError
├── RegistryError
├── SourceError
├── TemporaryFileError
├── SettingsError
└── TrainingSetError, CandidatesError, see `training.errors`
"""

from collections.abc import Mapping
from types import MappingProxyType


class BatchJobsError(Exception):
    """The base of every error of this package."""


class AnnouncementError(BatchJobsError):
    """An event that was not accepted on one of its ways; says why, without any secret."""


class CsvError(BatchJobsError):
    """CSV files that cannot be imported as they are; says what is wrong, and what to do."""


class IssueTimeError(BatchJobsError):
    """An issue time that no run can have."""


class RequestError(BatchJobsError):
    """An input of the state machine that names no night, or has an unknown field."""


class WindowError(BatchJobsError):
    """A window of hours that is empty, has no time zone, or does not fit in memory."""


class WorkerError(BatchJobsError):
    """A worker process that ended before its work was done."""


class LocationError(BatchJobsError):
    """A folder or bucket that does not exist or cannot be listed."""

    def __init__(self, location: str, reason: str) -> None:
        super().__init__(f"{location}: {reason}")


class NoObservationsError(BatchJobsError):
    """A location without any usable reading.

    Attributes:
        counts: Numbers of dropped rows and of faults, by reason code.
    """

    def __init__(
        self, location: str, reason: str, counts: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        self.counts = dict(counts)
        super().__init__(f"no observations in {location}: {reason}")


class PlanError(BatchJobsError):
    """A file of a run whose content is not what an earlier state writes."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")


class LostRunError(BatchJobsError):
    """A run that was published, and cannot be found where it was written."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"run {run_id} was published, but the store was deleted or replaced meanwhile; run the "
            "night again"
        )


class FileError(BatchJobsError):
    """One file that cannot be read, or not to its end; the others still are.

    Attributes:
        name: Path of the file below its location.
        code: Reason code, as the report counts it.
    """

    def __init__(self, name: str, code: str, reason: str) -> None:
        self.name = name
        self.code = code
        super().__init__(f"{name}: {reason}")


class RegistryError(BatchJobsError):
    """The registry of models does not allow what was asked for; says why."""


class SourceError(BatchJobsError):
    """A source of observations that does not answer, or not with what was asked for.

    Attributes:
        source: Its name.
        status: HTTP status of a request that it refuses; None if it is something else.
    """

    def __init__(self, source: str, reason: str, status: int | None = None) -> None:
        self.source = source
        self.status = status
        super().__init__(f"{source}: {reason}")


class TemporaryFileError(BatchJobsError):
    """A temporary file that cannot be written or read."""

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__(
            f"the readings do not fit into a temporary file in {folder}: {reason}; make room, 20 "
            "bytes for each reading, or name another folder in TMPDIR"
        )


class SettingsError(BatchJobsError):
    """An environment variable that is missing or malformed.

    Attributes:
        name: The variable.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"environment variable {name}: {reason}")
