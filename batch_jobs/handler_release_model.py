"""The entry point of ReleaseModel's Lambda function.

Takes `{"execution": name, "training": name}`; returns `{"name", "state", "model"}`.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count_of_training, log_training, logger
from batch_jobs.errors import RegistryError
from batch_jobs.training.deployment import open_training
from batch_jobs.training.registry import TrainingState
from batch_jobs.training.releasing import put_by_name, release

_deployment = open_training(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Put the chosen candidate of a training into use.

    Raises:
        RegistryError: No candidate is approved.
        FileError: A file cannot be read or written, or the candidate is not what was judged.
        ArtifactError: The model in use is damaged.
    """
    place, name = _deployment.place, event["training"]
    training = place.registry.training(name)
    if training is None:
        raise RegistryError(f"there is no training {name}: its file was deleted meanwhile")
    released = release(place.registry, place.in_use, training, _deployment.clock())
    put_by_name(place.models, released.model, place.in_use)
    place.starts.end(event["execution"])
    log_training(name, "model released", model=released.model, release=released.number)
    count_of_training(name, ModelsReleased=1)
    return {"name": name, "state": TrainingState.RELEASED, "model": released.model}
