"""Releases: puts a candidate into use as the model of the nights, and takes it back.

The model in use is one file; nights read it when they begin. Each step can be repeated: whatever
was written when a release or a rollback was interrupted, the same call completes it.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from batch_jobs.errors import RegistryError
from batch_jobs.observations.files import Location, content_so_far
from batch_jobs.training.registry import (
    ModelRelease,
    Registry,
    Training,
    TrainingState,
    digest_of,
)
from batch_jobs.transform import load_model
from forecasts.times import utc_text
from model.artifact import described_in
from model.prediction import Model


class ModelFile(NamedTuple):
    """The artifact that nights use.

    Attributes:
        location: The folder or S3 prefix that it is in.
        name: Its name there.
    """

    location: Location
    name: str

    def read(self) -> bytes | None:
        """Return its content; None before the first model.

        Raises:
            FileError: It cannot be read.
        """
        return content_so_far(self.location, self.name)

    def model_name(self) -> str | None:
        """Return the name of the model; None before the first one.

        Raises:
            FileError: It cannot be read.
            ArtifactError: It is not a model artifact.
        """
        content = self.read()
        return None if content is None else described_in(content).name

    def model(self) -> Model | None:
        """Load the model; None before the first one.

        Raises:
            FileError: It cannot be read.
            ArtifactError: It is not a model that this version can use.
        """
        content = self.read()
        if content is None:
            return None
        with tempfile.TemporaryDirectory(prefix="stationcast-") as folder:
            path = Path(folder) / "model.tar.gz"
            path.write_bytes(content)
            return load_model(path)


def release(
    registry: Registry, in_use: ModelFile, training: Training, now: datetime
) -> ModelRelease:
    """Put the chosen candidate of a training into use.

    Args:
        registry: Has the candidate; takes the release.
        in_use: The model of the nights.
        training: An approved training.
        now: Aware.

    Raises:
        RegistryError: No candidate is approved.
        FileError: A file cannot be read or written, or the candidate is not what was judged.
        ArtifactError: The candidate or the model in use is not a model artifact.
    """
    if training.state not in (TrainingState.APPROVED, TrainingState.RELEASED):
        raise RegistryError(f"training {training.name} is {training.state}: nothing to release")
    candidate = training.candidates[training.chosen]
    artifact = registry.artifact(candidate)
    described_in(artifact)  # what is no artifact must not come into use
    releases = _with_model_in_use(registry, in_use, now)
    newest = next(reversed(_kept(releases)), None)
    if newest is None or newest.digest != candidate.digest:
        newest = ModelRelease(
            number=len(releases) + 1,
            model=candidate.name,
            file=_file(len(releases) + 1),
            digest=registry.keep(_file(len(releases) + 1), artifact),
            released_at=utc_text(now),
            training=training.name,
            reason=f"approved by {training.approved_by}" if training.approved_by else "judged",
        )
        registry.put_releases([*releases, newest])
    in_use.location.write(in_use.name, artifact)
    registry.put(replace(training, state=TrainingState.RELEASED, reason=""))
    return newest


def roll_back(
    registry: Registry, in_use: ModelFile, reason: str
) -> tuple[ModelRelease, ModelRelease]:
    """Bring the release before the newest one back into use.

    Args:
        registry: Has the releases.
        in_use: The model of the nights.
        reason: Why; the registry keeps it.

    Returns:
        The release that was taken back, and the one that is in use again.

    Raises:
        RegistryError: There is no earlier release, or the model in use is neither of the two.
        FileError: A file cannot be read or written, or the artifact is not what was released.
    """
    releases = registry.releases()
    try:
        before, newest = _kept(releases)[-2:]
    except ValueError:
        raise RegistryError("there is no earlier release to roll back to") from None
    if not is_one_of(in_use, (before, newest)):
        raise RegistryError(
            f"{in_use.name} is not release {newest.number} ({newest.model}), so it was replaced or "
            f"deleted by hand; copy {newest.file} of the registry there, or the model that you want"
        )
    in_use.location.write(in_use.name, registry.artifact(before))
    training = registry.training(newest.training) if newest.training else None
    if training:
        registry.put(replace(training, state=TrainingState.ROLLED_BACK, reason=reason))
    # The last step: once it is done, the same call would go one release further back.
    withdrawn = replace(newest, taken_back=reason or "no reason was given")
    registry.put_releases([withdrawn if each is newest else each for each in releases])
    return withdrawn, before


def is_one_of(in_use: ModelFile, releases: Sequence[ModelRelease]) -> bool:
    """Tell whether the model in use is one of some releases, not one that was put there by hand.

    Raises:
        FileError: It cannot be read.
    """
    artifact = in_use.read()
    return artifact is not None and digest_of(artifact) in [each.digest for each in releases]


def put_by_name(models: Location, name: str, in_use: ModelFile) -> None:
    """Write the model in use under its name as well, `NAME/model.tar.gz`, where endpoints find it.

    The file of a name is never another model, so an endpoint that starts anew gets the same one.

    Args:
        models: Where models are, by name.
        name: The model's name.
        in_use: The model of the nights.

    Raises:
        FileError: It cannot be read or written.
    """
    models.write(f"{name}/{in_use.name}", in_use.location.read(in_use.name))


def _with_model_in_use(
    registry: Registry, in_use: ModelFile, now: datetime
) -> Sequence[ModelRelease]:
    """Return all releases; the model in use becomes one, so that a rollback can restore it."""
    releases = registry.releases()
    artifact = in_use.read()
    # The one before the newest, if a release was interrupted.
    known = [each.digest for each in _kept(releases)[-2:]]
    if artifact is None or digest_of(artifact) in known:
        return releases
    number = len(releases) + 1
    found = ModelRelease(
        number=number,
        model=described_in(artifact).name,
        file=_file(number),
        digest=registry.keep(_file(number), artifact),
        released_at=utc_text(now),
        training="",
        reason="was in use before",
    )
    releases = [*releases, found]
    registry.put_releases(releases)
    return releases


def _kept(releases: Sequence[ModelRelease]) -> list[ModelRelease]:
    return [each for each in releases if not each.taken_back]


def _file(number: int) -> str:
    return f"releases/{number:04}.tar.gz"
