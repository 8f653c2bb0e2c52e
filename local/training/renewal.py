"""Renewal: the training of a month on one machine, from observations to a released model.

Whatever happens, the model in use stays until a candidate was judged to be better. A second start
in the same month goes on where the first one ended.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from batch_jobs.errors import BatchJobsError
from batch_jobs.progress import Track
from batch_jobs.training.month_plan import DEPTHS
from batch_jobs.training.prepare import Request, prepare
from batch_jobs.training.probation import failures
from batch_jobs.training.registry import (
    Candidate,
    Registry,
    Training,
    TrainingState,
    check_trained,
    decided,
    month_of,
)
from batch_jobs.training.releasing import ModelFile, release, roll_back
from batch_jobs.training.report import report_files
from batch_jobs.training.targets import targets_of
from batch_jobs.training.this_machine import on_this_machine
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text
from local.machine import cores
from local.training.judgement_plot import judgement_plot
from model.archive import Archive
from model.artifact import artifact_of
from model.candidate import make_possible
from model.errors import ModelError, TrainingError
from model.judgement import Judge
from model.stations import apart
from model.training_set import TrainingSet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Renewal:
    """What the training of a month needs.

    Attributes:
        folder: Of the registry; it has the training set, too.
        registry: Keeps candidates, judgements and releases.
        in_use: The model of the nights.
        observations: Folder or S3 prefix.
        now: Aware; decides the month.
        track: Shows progress.
        store: Of the nights, which says how the model in use came true; None to look at none.
        ask: A candidate waits for an approval before it is released.
    """

    folder: Path
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
        BatchJobsError: There are no observations, no candidate can be trained, or a file cannot be
            read or written.
        ModelError: The model in use does not load.
    """
    registry, in_use, store = renewal.registry, renewal.in_use, renewal.store
    failed = failures(registry, in_use, store) if store else []
    if failed:
        roll_back(registry, in_use, "; ".join(failed))
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
    """Train and judge the candidates, and choose one."""
    request = Request(renewal.observations, str(renewal.folder / "set"))
    prepare(request, on_this_machine(cores()), renewal.track)
    training_set = TrainingSet.open(renewal.folder / "set")
    archive = training_set.archive(training_set.parameters, "")
    learned, out = apart(archive)
    source = {
        "observations": renewal.observations,
        "since": archive.time(0),
        "until": archive.time(archive.hours - 1),
        "stations": len(archive.stations),
        "held_out": len(out.stations),
        "parameters": list(archive.parameters),
    }
    in_use = renewal.in_use.model()
    training = replace(training, source=source).judged_against(in_use.name if in_use else None)
    judge = Judge(in_use, learned, out)
    for depth in DEPTHS:
        training = _with_candidate(renewal, training, learned, judge, depth)
    check_trained(training)
    files = report_files(training) | {"report.png": judgement_plot(training)}
    files["report.md"] += b"\n![Gains and skills of the candidates](report.png)\n"
    for name, content in files.items():
        renewal.registry.keep(f"{training.name}/{name}", content)
    training = decided(training, ask=renewal.ask)
    renewal.registry.put(training)
    return training


def _with_candidate(
    renewal: Renewal, training: Training, learned: Archive, judge: Judge, depth: int
) -> Training:
    """Train and judge a candidate, unless an earlier start has."""
    name = f"{training.name}-depth{depth}"
    if name in training.candidates and training.candidates[name].file:
        return training
    file = f"{training.name}/{name}.tar.gz"

    def track(iterable: Iterable[T], description: str, total: int) -> Iterable[T]:
        return renewal.track(iterable, f"{description}, depth {depth}", total)

    try:
        made = make_possible(learned, targets_of(learned.parameters), name, track, depth)
    except TrainingError as error:
        candidate = Candidate(name, failure=str(error))
    else:
        judgement = judge.judge(made.model, made.scores).to_json()
        digest = renewal.registry.keep(file, artifact_of(made.model))
        candidate = Candidate(name, file, digest, judgement, made.left_out)
    training = training.with_candidate(candidate)
    renewal.registry.put(training)
    return training
