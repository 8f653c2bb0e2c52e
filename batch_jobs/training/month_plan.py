"""PlanTraining: decides what a start of the training has to do.

A start that finds nothing to do reads a few files and changes nothing. Otherwise it is the only one
at work (`batch_jobs.training.starts`): a model that fails its probation is taken back first, and
then the training of the month begins or goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from batch_jobs.observations.files import Location
from batch_jobs.training.candidate_jobs import CandidateJobs
from batch_jobs.training.probation import failures
from batch_jobs.training.registry import Registry, Training, TrainingState, month_of
from batch_jobs.training.releasing import ModelFile, put_by_name, roll_back
from batch_jobs.training.set_summary import set_summary
from batch_jobs.training.starts import Starts
from forecasts.stores.protocol import Reader
from forecasts.times import HOUR, from_text, utc_text
from model.archive import MIN_HOURS

#: The levels of trees that candidates have: as usual, and those of the book's two versions.
DEPTHS = (6, 5, 10)

#: The subject of the notice that a model was taken back.
ROLLED_BACK = "ModelRolledBack"

#: The state of a training that another execution is working on.
BUSY = "busy"

#: States in which a training is over, for this month.
_OVER = (
    TrainingState.REFUSED,
    TrainingState.WAITING,
    TrainingState.RELEASED,
    TrainingState.ROLLED_BACK,
)


@dataclass(frozen=True, slots=True)
class Place:
    """What the trainings of a stack work with.

    Attributes:
        registry: Keeps candidates, judgements and releases.
        in_use: The model of the nights.
        models: Has models by name, where endpoints find them.
        training_set: What candidates learn from.
        jobs: What training jobs have left.
        starts: Keep two executions apart.
    """

    registry: Registry
    in_use: ModelFile
    models: Location
    training_set: Location
    jobs: CandidateJobs
    starts: Starts


class Wanted(NamedTuple):
    """A candidate to train.

    Attributes:
        name: Its name.
        depth: Levels of its trees.
    """

    name: str
    depth: int


class Notice(NamedTuple):
    """What operators have to know before the training goes on.

    Attributes:
        subject: A word for it, as of an error.
        text: What has happened, and why.
    """

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class MonthPlan:
    """What a start has to do.

    Attributes:
        training: Name of the training.
        state: Its state; `BUSY` if another execution is working on it.
        wanted: The candidates to train.
        trained: Names of training jobs, by the name of the candidate that they have trained for an
            earlier start, which did not get to judge it.
        notices: What this start has done already.
        restored: Name of the model that this start has brought back into use; "" for none.
    """

    training: str
    state: str
    wanted: Sequence[Wanted] = ()
    trained: Sequence[tuple[str, str]] = ()
    notices: Sequence[Notice] = ()
    restored: str = ""


def plan_month(place: Place, store: Reader, execution: str, now: datetime) -> MonthPlan:
    """Find out what a start has to do, and begin it.

    Args:
        place: Registry, model and jobs.
        store: Of the nights, which says how the model in use came true.
        execution: Name of the execution that was started.
        now: Aware; decides the month.

    Raises:
        RegistryError: The model fails its probation, and cannot be taken back.
        FileError: A file cannot be read or written.
        LocationError: The registry cannot be listed.
        ArtifactError: The model in use is damaged.
        StoreError: The store failed.
    """
    name = month_of(now)
    training = place.registry.training(name)
    if training and training.state in _OVER and not _failures(place, store):
        return MonthPlan(name, training.state)
    if training and _is_too_early(place, training, now):
        return MonthPlan(name, training.state)
    if not place.starts.begin(execution, now):
        return MonthPlan(name, BUSY)
    # Read anew: until now, another execution may have been at work.
    restored, notices = _taken_back(place, store)
    training = place.registry.training(name)
    if training is None:
        earlier = list(_unfinished(place.registry, name))
        notices += [_refused(place.registry, each) for each in earlier if _waits(each)]
        training = next((each for each in earlier if not _waits(each)), None)
    if training is None or training.state in (TrainingState.BEGUN, TrainingState.FAILED):
        plan = _begun(place, training or Training(name, TrainingState.BEGUN, ""), now)
    else:
        plan = MonthPlan(training.name, training.state)
    if plan.state in _OVER:
        place.starts.end(execution)
    return replace(plan, notices=notices, restored=restored)


def _is_too_early(place: Place, training: Training, now: datetime) -> bool:
    """Tell whether a new stack still has too few hours to try again, as it does once a week.

    Older observations may have been copied since, so what the set says is not certain.
    """
    if training.state is not TrainingState.FAILED or place.in_use.read() is not None:
        return False
    found = set_summary(place.training_set)
    if found is None or now - found.since >= MIN_HOURS * HOUR:
        return False
    return now - from_text(training.began) < timedelta(days=7)


def _failures(place: Place, store: Reader) -> list[str]:
    return failures(place.registry, place.in_use, store)


def _taken_back(place: Place, store: Reader) -> tuple[str, list[Notice]]:
    """Take the newest release back if it fails its probation.

    Returns:
        The name of the model before, if it is in use again, and what is to be said.
    """
    failed = _failures(place, store)
    if not failed:
        return "", []
    reason = "; ".join(failed)
    taken, back = roll_back(place.registry, place.in_use, reason)
    put_by_name(place.models, back.model, place.in_use)
    text = f"{taken.model} is taken back: {reason}. {back.model} is in use again."
    return back.model, [Notice(ROLLED_BACK, text)]


def _unfinished(registry: Registry, month: str) -> Iterator[Training]:
    """Yield the trainings of earlier months that wait, or were approved and not released."""
    for each in registry.trainings():
        if each.name < month and (_waits(each) or each.state is TrainingState.APPROVED):
            yield each


def _waits(training: Training) -> bool:
    return training.state is TrainingState.WAITING


def _refused(registry: Registry, training: Training) -> Notice:
    """Refuse a training whose month is over, as its candidate has not seen the new one."""
    reason = "no approval came in its month"
    registry.put(replace(training, state=TrainingState.REFUSED, reason=reason))
    return Notice(
        "TrainingRefused",
        f"Training {training.name} is refused: {reason}. {training.chosen} does not come into use.",
    )


def _begun(place: Place, training: Training, now: datetime) -> MonthPlan:
    """Begin a training, or go on with it; one that has failed begins anew with what it has."""
    # A candidate was held against the model in use, which may be another one by now.
    begun = training.judged_against(place.in_use.model_name())
    kept = begun.candidates
    names = {f"{training.name}-depth{depth}": depth for depth in DEPTHS}
    # What has failed, or has to be judged anew, is trained anew: its files may be the reason.
    trained = place.jobs.finished(name for name in names if name not in training.candidates)
    if begun.state is TrainingState.FAILED or not begun.began:
        begun = replace(begun, state=TrainingState.BEGUN, began=utc_text(now), reason="")
    place.registry.put(begun)
    due = [n for n in names if n not in trained and not (n in kept and kept[n].file)]
    return MonthPlan(
        training=begun.name,
        state=begun.state,
        wanted=[Wanted(name, names[name]) for name in due],
        trained=list(trained.items()),
    )
