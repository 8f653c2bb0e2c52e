"""Everything that can go wrong while a night is made.

BatchJobsError
├── LocationError
├── NoObservationsError
├── WindowError
├── IssueTimeError
├── OlderRunError
├── PlanError
├── RequestError
├── SettingsError
├── WorkerError
└── FileError
"""

from __future__ import annotations


class BatchJobsError(Exception):
    """The base of every error of this package."""


class LocationError(BatchJobsError):
    """A folder or bucket that does not exist or cannot be listed."""

    def __init__(self, location: str, reason: str) -> None:
        self.location = location
        self.reason = reason
        super().__init__(f"{location}: {reason}")


class NoObservationsError(BatchJobsError):
    """A location where no usable reading was found."""

    def __init__(self, location: str, reason: str) -> None:
        self.location = location
        self.reason = reason
        super().__init__(f"no observations in {location}: {reason}")


class WindowError(BatchJobsError):
    """A window of hours that cannot be: without a zone, empty, or too long for this machine."""


class FileError(BatchJobsError):
    """One file that cannot be read, or not to its end; the others still are.

    Attributes:
        name: Path of the file below its location.
        code: Reason code, as the report counts it.
        reason: What is wrong with it, for people.
    """

    def __init__(self, name: str, code: str, reason: str) -> None:
        self.name = name
        self.code = code
        self.reason = reason
        super().__init__(f"{name}: {reason}")


class IssueTimeError(BatchJobsError):
    """An issue time that no run can have."""


class OlderRunError(BatchJobsError):
    """A run that came too late: readers are on a later night.

    Attributes:
        run_id: The late run.
        current: The published run.
    """

    def __init__(self, run_id: str, current: str) -> None:
        self.run_id = run_id
        self.current = current
        super().__init__(
            f"run {run_id} is older than the published run {current}, so it is loaded but not "
            f"published. To publish it anyway: `stationcast runs publish {run_id}`"
        )


class PlanError(BatchJobsError):
    """A file of a run that is not what an earlier state leaves there."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"{name}: {reason}")


class RequestError(BatchJobsError):
    """A start of the state machine that does not say which night, or something unknown."""


class WorkerError(BatchJobsError):
    """A worker process ended before its work was done."""


class SettingsError(BatchJobsError):
    """An environment variable that is missing or malformed."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"environment variable {name}: {reason}")
