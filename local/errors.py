"""Everything that can go wrong on the operator's machine, beyond what the other packages know.

LocalError
├── CompilationError
├── CostError
├── EndpointError
├── LogError
├── ScalingError
├── TargetModelError
├── WeightsError
└── those of the stand-in, see `local.standin.errors`
"""

from __future__ import annotations


class LocalError(Exception):
    """The base of every error of this package."""


class CompilationError(LocalError):
    """A model that is not compiled, here or by SageMaker Neo; says why, and what does."""


class CostError(LocalError):
    """A workload or a list of prices that cannot be reckoned with; names the field or the price."""


class EndpointError(LocalError):
    """An endpoint that is not there, not ready, or did not do what it was asked; says which."""


class LogError(LocalError):
    """A log that cannot be read, or holds no answer."""


class ScalingError(LocalError):
    """Traffic or a policy that cannot be simulated, or that no policy can serve; says which."""


class TargetModelError(LocalError):
    """A model of a multi-model endpoint that has the wrong name, is there already or is not.

    Attributes:
        file: Its file name.
        reason: What is wrong, for people.
    """

    def __init__(self, file: str, reason: str) -> None:
        self.file = file
        self.reason = reason
        super().__init__(f"{file}: {reason}")


class WeightsError(LocalError):
    """Weights that no endpoint can have: malformed, of an unknown variant, or leaving nobody."""
