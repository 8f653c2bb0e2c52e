"""What the Lambda functions of the training share: registry, model in use, jobs, settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from batch_jobs.observations.files import open_location
from batch_jobs.settings import TrainingSettings
from batch_jobs.training.candidate_jobs import CandidateJobs
from batch_jobs.training.month_plan import Place
from batch_jobs.training.registry import Registry
from batch_jobs.training.releasing import ModelFile
from batch_jobs.training.starts import Starts
from forecasts.times import utc_now

#: The model of the nights, in its folder.
MODEL_FILE = "model.tar.gz"


@dataclass(frozen=True, slots=True)
class TrainingDeployment:
    """What a function works with.

    Attributes:
        settings: The settings.
        place: Registry, model in use, jobs and starts.
        clock: Returns the aware time now.
    """

    settings: TrainingSettings
    place: Place
    clock: Callable[[], datetime]


def open_training(environment: Mapping[str, str]) -> TrainingDeployment:
    """Open what the environment names.

    Args:
        environment: Environment variables, see `batch_jobs.settings`.

    Raises:
        SettingsError: A variable is missing or malformed.
    """
    settings = TrainingSettings.of(environment)
    place = Place(
        registry=Registry(open_location(settings.training)),
        in_use=ModelFile(open_location(settings.in_use), MODEL_FILE),
        models=open_location(settings.in_use.rpartition("/")[0]),
        training_set=open_location(f"{settings.training}/set"),
        jobs=CandidateJobs(open_location(f"{settings.training}/jobs"), settings.stack),
        starts=Starts(open_location(f"{settings.training}/starts")),
    )
    return TrainingDeployment(settings, place, utc_now)
