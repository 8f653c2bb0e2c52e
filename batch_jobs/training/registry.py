"""The registry: what was trained, how it was judged, and what was released, in a folder or bucket.

    2026-12/training.json       the training of a month, and the judgement of its candidates
    2026-12/depth5.tar.gz       a candidate's artifact
    2026-12/report.md, .png     the judgement, to read
    releases.json               all releases, the oldest first
    releases/0001.tar.gz        the artifact of each, so that a rollback can bring it back

Every file is written whole, and what names a file is written after it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from math import inf
from typing import Any, TypeVar

from batch_jobs.errors import FileError, RegistryError
from batch_jobs.observations.days import ALL_DAYS
from batch_jobs.observations.files import Location, content_so_far, files_so_far
from batch_jobs.training.errors import CandidatesError
from forecasts.times import utc_text
from model.judgement import HELD_BACK

_Read = TypeVar("_Read")


class TrainingState(StrEnum):
    """How far a training is."""

    #: Candidates are being trained and judged; the next start goes on.
    BEGUN = "begun"
    #: No candidate was accepted; the model in use stays.
    REFUSED = "refused"
    #: The best candidate waits for approval.
    WAITING = "waiting"
    #: The best candidate is approved, and not in use yet.
    APPROVED = "approved"
    RELEASED = "released"
    #: It was released and taken back.
    ROLLED_BACK = "rolled back"
    #: It ended by an error; the next start tries again.
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate of a training.

    Attributes:
        name: Its name, which is also the model's.
        file: Its artifact, below the registry; "" if it could not be trained.
        digest: SHA-256 of the artifact, in hexadecimal.
        judgement: `Judgement.to_json`; None until it is judged.
        left_out: Why parameters were left out of it.
        failure: Why it could not be trained.
    """

    name: str
    file: str = ""
    digest: str = ""
    judgement: Mapping[str, Any] | None = None
    left_out: Sequence[str] = ()
    failure: str = ""

    @property
    def accepted(self) -> bool:
        """Whether it may be released."""
        return bool(self.judgement and self.judgement["accepted"])

    @property
    def gain(self) -> float:
        """What it gains as the mean of its parameters (`model.judgement.Judgement.gain`)."""
        gain: float | None = (self.judgement or {}).get("gain")
        return -inf if gain is None else gain

    @property
    def held_back(self) -> Mapping[str, Mapping[str, Any]]:
        """How it did in the held-back time, by parameter code; empty if it was not judged."""
        comparisons = (self.judgement or {}).get("comparisons", {})
        found: Mapping[str, Mapping[str, Any]] = comparisons.get(HELD_BACK, {})
        return found

    @property
    def reasons(self) -> Sequence[str]:
        """Why it is not released, as far as it is known."""
        return [self.failure] if self.failure else (self.judgement or {}).get("reasons", [])


@dataclass(frozen=True, slots=True)
class Training:
    """The training of a month.

    Attributes:
        name: Its month, as in 2026-12.
        state: How far it is.
        began: When it began, RFC 3339 UTC.
        source: What it learns from: location, first and last hour, stations, series.
        candidates: By name.
        chosen: Name of the candidate that is best, among those that were accepted.
        approved_by: Who approved it; "" if no approval was needed.
        reason: Why it was refused, failed or was rolled back.
    """

    name: str
    state: TrainingState
    began: str
    source: Mapping[str, Any] = field(default_factory=dict)
    candidates: Mapping[str, Candidate] = field(default_factory=dict)
    chosen: str = ""
    approved_by: str = ""
    reason: str = ""

    def with_candidate(self, candidate: Candidate) -> "Training":
        """Return the training with a candidate added, or in the place of one of the same name."""
        return replace(self, candidates={**self.candidates, candidate.name: candidate})

    def judged_against(self, in_use: str | None) -> "Training":
        """Return the training without candidates that were judged against another model in use.

        Args:
            in_use: Name of the model in use; None before the first one.
        """
        kept = {
            name: candidate
            for name, candidate in self.candidates.items()
            if candidate.judgement is None or candidate.judgement["in_use"] == in_use
        }
        return replace(self, candidates=kept)


@dataclass(frozen=True, slots=True)
class ModelRelease:
    """A model that was put into use.

    Attributes:
        number: Counts the releases.
        model: Its name.
        file: Its artifact, below the registry.
        digest: SHA-256 of the artifact, in hexadecimal.
        released_at: RFC 3339 UTC.
        training: The month of its training; "" for one that was in use before.
        reason: Why it was put into use.
        taken_back: Why it was taken back, and a rollback passes over it; "" if it was not.
    """

    number: int
    model: str
    file: str
    digest: str
    released_at: str
    training: str
    reason: str
    taken_back: str = ""


class Registry:
    """The trainings and releases of a folder or an S3 prefix.

    Args:
        location: Where they are.
    """

    def __init__(self, location: Location) -> None:
        self._location = location

    def trainings(self) -> list[Training]:
        """Return all trainings, the newest first.

        Raises:
            FileError: One cannot be read.
        """
        names = [file.name for file in files_so_far(self._location, ALL_DAYS)]
        months = {name.removesuffix(_TRAINING) for name in names if name.endswith(_TRAINING)}
        found = map(self.training, sorted(months, reverse=True))
        return [training for training in found if training]

    def training(self, month: str) -> Training | None:
        """Return the training of a month; None before it has begun.

        Raises:
            FileError: It cannot be read.
        """
        return self._read(month + _TRAINING, _training_of)

    def put(self, training: Training) -> None:
        """Write a training; the one of the same month is replaced.

        Raises:
            FileError: It cannot be written.
        """
        self._write(training.name + _TRAINING, asdict(training))

    def keep(self, name: str, content: bytes) -> str:
        """Write a file, such as an artifact, and return its digest.

        Raises:
            FileError: It cannot be written.
        """
        self._location.write(name, content)
        return digest_of(content)

    def artifact(self, of: Candidate | ModelRelease) -> bytes:
        """Return an artifact.

        Raises:
            FileError: It cannot be read, or is not the one that was written.
        """
        content = self._location.read(of.file)
        if digest_of(content) != of.digest:
            reason = "not the artifact that was registered; put that version of the file back"
            raise FileError(of.file, "damaged_file", reason)
        return content

    def releases(self) -> list[ModelRelease]:
        """Return all releases, the oldest first.

        Raises:
            FileError: They cannot be read.
        """
        return self._read(_RELEASES, _releases_of) or []

    def put_releases(self, releases: Sequence[ModelRelease]) -> None:
        """Write all releases.

        Raises:
            FileError: They cannot be written.
        """
        self._write(_RELEASES, {"releases": [asdict(release) for release in releases]})

    def _read(self, name: str, parse: Callable[[Any], _Read]) -> _Read | None:
        content = content_so_far(self._location, name)
        try:
            return None if content is None else parse(json.loads(content))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            advice = "put an earlier version of the file back, or delete it to begin anew"
            raise FileError(name, "damaged_file", f"{error!r}; {advice}") from error

    def _write(self, name: str, content: object) -> None:
        self._location.write(name, json.dumps(content, indent=1, default=str).encode() + b"\n")


_TRAINING, _RELEASES = "/training.json", "releases.json"


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of an artifact, in hexadecimal."""
    return sha256(content).hexdigest()


def month_of(now: datetime) -> str:
    """Return the name of the training of a month; *now* is aware.

    >>> from datetime import UTC
    >>> month_of(datetime(2026, 12, 1, tzinfo=UTC))
    '2026-12'
    """
    return utc_text(now)[:7]


def _training_of(fields: Any) -> Training:
    candidates = {
        name: Candidate(**{**each, "left_out": tuple(each["left_out"])})
        for name, each in fields["candidates"].items()
    }
    state = TrainingState(fields["state"])
    return Training(**{**fields, "state": state, "candidates": candidates})


def _releases_of(fields: Any) -> list[ModelRelease]:
    return [ModelRelease(**each) for each in fields["releases"]]


def approved(training: Training, by: str) -> Training:
    """Return a training with its best candidate approved.

    Raises:
        RegistryError: No candidate waits for that.
    """
    if training.state is not TrainingState.WAITING:
        raise RegistryError(f"training {training.name} is {training.state}: nothing to approve")
    return replace(training, state=TrainingState.APPROVED, approved_by=by)


def check_trained(training: Training) -> None:
    """Refuse to go on with a training that has no candidate.

    Raises:
        CandidatesError: No candidate could be trained; says why of each.
    """
    candidates = training.candidates.values()
    if not any(candidate.file for candidate in candidates):
        reasons = "; ".join(f"{each.name}: {each.failure}" for each in candidates)
        raise CandidatesError(f"no candidate could be trained: {reasons}")


def decided(training: Training, *, ask: bool) -> Training:
    """Choose the candidate that gains most of those that were accepted.

    Args:
        training: Its candidates were judged, or could not be trained.
        ask: The chosen one has to be approved.

    Returns:
        The training, which is approved, waits for approval, or is refused.
    """
    accepted = [candidate for candidate in training.candidates.values() if candidate.accepted]
    if not accepted:
        reason = "no candidate is good enough; the model in use stays"
        return replace(training, state=TrainingState.REFUSED, reason=reason)
    best = max(accepted, key=lambda candidate: candidate.gain)
    state = TrainingState.WAITING if ask else TrainingState.APPROVED
    return replace(training, state=state, chosen=best.name, reason="")
