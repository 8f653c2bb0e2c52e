"""Everything that can go wrong with a model.

ModelError
├── ArtifactError
├── InputError
└── TrainingError
"""


class ModelError(Exception):
    """The base of every error of this package."""


class ArtifactError(ModelError):
    """An artifact that cannot be read, or that another version made."""


class InputError(ModelError):
    """A malformed transform line; names the line and the field."""


class TrainingError(ModelError):
    """Observations that are too few to train on."""
