"""What can go wrong with training sets and trainings.

BatchJobsError
├── TrainingSetError
│   └── GroupError
└── CandidatesError
"""

from batch_jobs.errors import BatchJobsError


class TrainingSetError(BatchJobsError):
    """A training set that cannot be made or read."""


class GroupError(TrainingSetError):
    """A group that cannot be made.

    Attributes:
        group: Its name.
        reason: Why.
    """

    def __init__(self, group: str, reason: str) -> None:
        self.group = group
        self.reason = reason
        super().__init__(f"group {group}: {reason}")


class CandidatesError(BatchJobsError):
    """A training none of whose candidates could be trained; says why of each."""
