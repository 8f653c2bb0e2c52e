"""FailTraining: marks the training that an execution was working on.

The next start goes on with it, and what was trained stays. A training with a chosen model stays
approved: the next start releases it again.
"""

from dataclasses import replace

from batch_jobs.training.registry import Registry, TrainingState

_AFTER = {
    TrainingState.BEGUN: TrainingState.FAILED,
    TrainingState.APPROVED: TrainingState.APPROVED,
    TrainingState.RELEASED: TrainingState.APPROVED,
}


def fail_training(registry: Registry, name: str, reason: str) -> TrainingState | None:
    """Mark a training; one that is refused, waiting or rolled back stays as it is.

    Args:
        registry: Has the training.
        name: Its name.
        reason: One line for the operator.

    Returns:
        Its state; None if there is no such training.

    Raises:
        FileError: It cannot be read or written.
    """
    training = registry.training(name)
    if training is None:
        return None
    state = _AFTER.get(training.state)
    if state is None:
        return training.state
    registry.put(replace(training, state=state, reason=reason))
    return state
