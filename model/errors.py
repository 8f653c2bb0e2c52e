"""Everything that can go wrong with a model.

ModelError
├── ArtifactError
├── InputError
└── TrainingError
    └── SeriesError
"""


class ModelError(Exception):
    """The base of every error of this package."""


class ArtifactError(ModelError):
    """An artifact that cannot be read, or that another version made."""


class InputError(ModelError):
    """A request that is not transform lines, or a line that is not one; says what is wrong."""


class TrainingError(ModelError):
    """Observations that are too few to train on."""


class SeriesError(TrainingError):
    """A parameter that cannot be learned or judged; the others can.

    Attributes:
        code: The parameter.
    """

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        super().__init__(f"{code}: {reason}")
