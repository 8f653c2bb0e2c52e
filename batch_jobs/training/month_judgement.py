"""JudgeCandidates: from what training jobs have left to a decision.

The jobs have judged their candidates themselves, where the observations are. Here the judgements
are put side by side, and the best candidate is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from batch_jobs.caught_errors import reason_of
from batch_jobs.errors import RegistryError
from batch_jobs.observations.files import Location
from batch_jobs.training.month_plan import Place
from batch_jobs.training.registry import (
    Candidate,
    Training,
    TrainingState,
    check_trained,
    decided,
)
from batch_jobs.training.report import report_files
from batch_jobs.training.set_summary import set_summary
from forecasts.times import utc_text


def judge_month(
    place: Place, name: str, results: Sequence[Mapping[str, Any]], *, ask: bool
) -> Training:
    """Register candidates and choose one; a repeated call gives the same training.

    Args:
        place: Registry, model in use and jobs.
        name: Name of the training.
        results: Of each candidate its `name`, and the `job` that has trained it, or the `error`
            that Step Functions caught.
        ask: A candidate waits for an approval.

    Raises:
        CandidatesError: No candidate could be trained.
        RegistryError: There is no such training.
        ArtifactError: The model in use is damaged.
        FileError: A file cannot be read or written.
    """
    training = place.registry.training(name)
    if training is None:
        raise RegistryError(f"there is no training {name}: its file was deleted meanwhile")
    against = place.in_use.model_name()
    for result in results:
        training = training.with_candidate(_candidate(place, name, result, against))
    place.registry.put(training)
    check_trained(training)
    training = replace(training, source=_source(place.training_set))
    for file, content in report_files(training).items():
        place.registry.keep(f"{name}/{file}", content)
    training = decided(training, ask=ask)
    place.registry.put(training)
    return training


def _candidate(
    place: Place, training: str, result: Mapping[str, Any], against: str | None
) -> Candidate:
    name = result["name"]
    if "error" in result:
        return Candidate(name, failure=reason_of(result["error"]))
    found = place.jobs.candidate(place.registry, training, name, result["job"])
    if found.judgement and found.judgement["in_use"] != against:
        judged, now = (of or "no model" for of in (found.judgement["in_use"], against))
        reason = f"{result['job']}: was judged against {judged}, and {now} is in use now"
        return Candidate(name, failure=reason)
    return found


def _source(training_set: Location) -> dict[str, Any]:
    found = set_summary(training_set)
    if found is None:  # deleted meanwhile
        return {}
    hours = {"since": utc_text(found.since), "until": utc_text(found.until)}
    return {**hours, "parameters": list(found.parameters)}


def training_message(training: Training) -> dict[str, str]:
    """Return what the state machine passes on about a training; no reason if it is approved."""
    return {"name": training.name, "state": training.state, "reason": _reason(training)}


def _reason(training: Training) -> str:
    if training.state is TrainingState.APPROVED:
        return ""
    if training.state is TrainingState.WAITING:
        return (
            f"{training.chosen} waits for an approval: stationcast training approve {training.name}"
        )
    reasons = [
        f"{name}: {reason}" for name, each in training.candidates.items() for reason in each.reasons
    ]
    return "; ".join([training.reason, *reasons])
