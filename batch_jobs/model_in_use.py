"""The model of a night: as the settings name it, or as the artifact describes itself."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from batch_jobs.input_drift import network_in_artifact
from batch_jobs.observations.files import content_so_far, open_location
from batch_jobs.settings import Settings
from model.artifact import described_in
from model.network import Network


class ModelInUse(NamedTuple):
    """What a run is planned for.

    Attributes:
        name: Name of the model.
        parameters: Codes of the parameters that it forecasts.
        network: Returns what it learned on, by parameter code; may raise what reading does.
    """

    name: str
    parameters: tuple[str, ...]
    network: Callable[[], Mapping[str, Network]]


def model_in_use(settings: Settings) -> ModelInUse | None:
    """Return the model of the nights; None before a training has released the first one.

    Raises:
        FileError: The artifact cannot be read.
        ArtifactError: It is not a model artifact.
    """
    if settings.model:
        network = partial(network_in_artifact, settings.model_data)
        return ModelInUse(settings.model, settings.parameters, network)
    folder, _, name = settings.model_data.rpartition("/")
    artifact = content_so_far(open_location(folder), name)
    if artifact is None:
        return None
    described = described_in(artifact)
    # Not read again: a training may replace the file meanwhile.
    return ModelInUse(described.name, described.parameters, lambda: described.network)
