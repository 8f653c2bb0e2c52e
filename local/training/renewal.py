"""Renewal: the training of a month on one machine, from observations to a released model.

Whatever happens, the model in use stays until a candidate was judged to be better. A second start
in the same month goes on where the first one ended.
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from batch_jobs.errors import BatchJobsError
from batch_jobs.progress import Track
from batch_jobs.training.judgement import Judgement, held_out, judge
from batch_jobs.training.probation import failures
from batch_jobs.training.registry import Candidate, Registry, Training, TrainingState, month_of
from batch_jobs.training.releasing import ModelFile, model_of, release, roll_back
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text
from local.training.judgement_report import report_files
from local.training.training import archive_of, read_all, train_possible
from model.archive import Archive
from model.errors import ModelError, TrainingError
from model.training import DEPTH

T = TypeVar("T")

#: The levels of trees that candidates have: as usual, and those of the book's two versions.
DEPTHS = (DEPTH, 5, 10)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What the training of a month needs.

    Attributes:
        registry: Keeps candidates, judgements and releases.
        in_use: The model of the nights.
        observations: Folder or S3 prefix.
        now: Aware; decides the month.
        track: Shows progress.
        store: Of the nights, which says how the model in use came true; None to look at none.
        ask: A candidate waits for an approval before it is released.
    """

    registry: Registry
    in_use: ModelFile
    observations: str
    now: datetime
    track: Track
    store: Reader | None = None
    ask: bool = False


def renew(renewal: Renewal) -> Training:
    """Train, judge and release the model of this month, or go on with what was begun.

    If the model in use fails its probation, the one before comes back first.

    Returns:
        The training: released, refused, or waiting for approval; or as an earlier start left it.

    Raises:
        BatchJobsError: There are no observations, or a file cannot be read or written.
        ModelError: The model in use does not load, or no candidate can be trained.
    """
    failed = failures(renewal.registry, renewal.store) if renewal.store else []
    if failed:
        roll_back(renewal.registry, renewal.in_use, "; ".join(failed))
    name = month_of(renewal.now)
    training = renewal.registry.training(name)
    if training is None or training.state is TrainingState.FAILED:
        candidates = training.candidates if training else {}
        began = utc_text(renewal.now)
        training = Training(name, TrainingState.BEGUN, began, candidates=candidates)
    if training.state is TrainingState.BEGUN:
        try:
            training = _judged(renewal, training)
        except (BatchJobsError, ModelError, OSError) as error:
            reason = f"{type(error).__name__}: {error}"
            renewal.registry.put(replace(training, state=TrainingState.FAILED, reason=reason))
            raise
    if training.state is TrainingState.APPROVED:
        release(renewal.registry, renewal.in_use, training, renewal.now)
        return replace(training, state=TrainingState.RELEASED)
    return training


def _judged(renewal: Renewal, training: Training) -> Training:
    read = read_all(renewal.observations, None, renewal.track)
    archive = archive_of(read)
    out = held_out([station.id for station in read.stations])
    source = {
        "observations": renewal.observations,
        "since": archive.time(0),
        "until": archive.time(archive.hours - 1),
        "stations": len(read.stations),
        "held_out": int(out.sum()),
        "parameters": list(archive.parameters),
    }
    training = replace(training, source=source)
    for depth in DEPTHS:
        training = _with_candidate(renewal, training, archive.take(np.flatnonzero(~out)), depth)
    trained = [candidate for candidate in training.candidates.values() if candidate.file]
    if not trained:
        reasons = "; ".join(f"{each.name}: {each.failure}" for each in training.candidates.values())
        raise TrainingError(f"no candidate could be trained: {reasons}")
    models = [model_of(renewal.registry.artifact(candidate)) for candidate in trained]
    judgements = judge(models, renewal.in_use.model(), archive, out)
    for candidate, judgement in zip(trained, judgements, strict=True):
        training = training.with_candidate(replace(candidate, judgement=judgement.to_json()))
    for file, content in report_files(training.name, judgements).items():
        renewal.registry.keep(f"{training.name}/{file}", content)
    training = _decided(training, judgements, ask=renewal.ask)
    renewal.registry.put(training)
    return training


def _with_candidate(renewal: Renewal, training: Training, archive: Archive, depth: int) -> Training:
    """Train a candidate, unless an earlier start has."""
    name = f"{training.name}-depth{depth}"
    if name in training.candidates and training.candidates[name].file:
        return training
    file = f"{training.name}/{name}.tar.gz"

    def track(iterable: Iterable[T], description: str, total: int) -> Iterable[T]:
        return renewal.track(iterable, f"{description}, depth {depth}", total)

    with tempfile.TemporaryDirectory(prefix="stationcast-") as folder:
        path = Path(folder) / "model.tar.gz"
        try:
            _, reasons = train_possible(archive, name, path, track, depth)
            digest = renewal.registry.keep(file, path.read_bytes())
            candidate = Candidate(name, file, digest, left_out=tuple(reasons))
        except TrainingError as error:
            candidate = Candidate(name, failure=str(error))
    training = training.with_candidate(candidate)
    renewal.registry.put(training)
    return training


def _decided(training: Training, judgements: Sequence[Judgement], *, ask: bool) -> Training:
    """Choose the candidate that gains most of those that were accepted."""
    accepted = [judgement for judgement in judgements if judgement.accepted]
    if not accepted:
        reason = "no candidate is good enough; the model in use stays"
        return replace(training, state=TrainingState.REFUSED, reason=reason)
    best = max(accepted, key=lambda judgement: judgement.gain)
    state = TrainingState.WAITING if ask else TrainingState.APPROVED
    return replace(training, state=state, chosen=best.candidate, reason="")
