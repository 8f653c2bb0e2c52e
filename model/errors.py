"""Everything that can go wrong with a model.

ModelError
├── ArtifactError
├── InputError
└── TrainingError
"""

from __future__ import annotations


class ModelError(Exception):
    """The base of every error of this package."""


class ArtifactError(ModelError):
    """A model artifact that cannot be read, or that another version made."""


class InputError(ModelError):
    """A transform line that is not one; names the line and the field."""


class TrainingError(ModelError):
    """Observations that nothing can be learned from."""
