"""Everything that can go wrong on the operator's machine, beyond what the other packages know.

LocalError
├── CompilationError
├── ContainerError
├── CostError
├── EndpointError
├── FaultsError
├── HookError
├── LogError
├── RefusalError
├── ScalingError
├── TargetModelError
└── WeightsError
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.endpoint_http import Response


class LocalError(Exception):
    """The base of every error of this package."""


class CompilationError(LocalError):
    """A model that is not compiled, here or by SageMaker Neo; says why, and what does."""


class ContainerError(LocalError):
    """A container of the stand-in that does not become ready.

    Attributes:
        artifact: What it was to serve.
        reason: What it said, for people.
    """

    def __init__(self, artifact: str, reason: str) -> None:
        self.artifact = artifact
        self.reason = reason
        super().__init__(f"{artifact}: its container does not start: {reason}")


class CostError(LocalError):
    """A workload or a list of prices that cannot be reckoned with; names the field or the price."""


class FaultsError(LocalError):
    """Faults that the stand-in cannot have; names the field."""


class HookError(LocalError):
    """A hook of a model artifact raised something; `__cause__` is what."""


class EndpointError(LocalError):
    """An endpoint that is not there, not ready, or did not do what it was asked; says which."""


class LogError(LocalError):
    """A log that cannot be read, or holds no answer."""


class RefusalError(LocalError):
    """A request that the stand-in answers itself, because it cannot be passed on.

    Attributes:
        response: The answer.
    """

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(response.body.decode())


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
