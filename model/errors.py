"""Everything that can go wrong with a model.

ModelError
├── ArtifactError
├── InputError
├── StoppedError
└── TrainingError
    ├── SeriesError
    └── SetError
"""

from pathlib import Path


class ModelError(Exception):
    """The base of every error of this package."""


class ArtifactError(ModelError):
    """An artifact that cannot be read, or that another version made."""


class InputError(ModelError):
    """A request that is not transform lines, or a line that is not one; says what is wrong."""


class StoppedError(ModelError):
    """A training that was stopped before it had a model."""


class TrainingError(ModelError):
    """Observations that cannot be trained on."""


class SeriesError(TrainingError):
    """A parameter that cannot be learned or judged; the others can.

    Attributes:
        code: The parameter.
    """

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        super().__init__(f"{code}: {reason}")


class SetError(TrainingError):
    """A training set that cannot be read, or has not what was asked for.

    Attributes:
        path: The file, or the set's folder.
    """

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"{path}: {reason}")
