"""The errors of the operator's machine, beyond those of the other packages.

LocalError
├── AddressError
├── AwsError
├── CompilationError
├── CostError
├── EndpointError
├── LiveError
├── LogError
├── QuotaError
├── ReplayError
├── ScalingError
├── StateMachineError
├── TargetModelError
├── TrainingJobError
├── WeightsError
└── those of the stand-in, see `local.standin.errors`
"""

from errno import EADDRINUSE


class LocalError(Exception):
    """The base of every error of this package."""


class AddressError(LocalError):
    """An address that a server cannot listen on.

    Attributes:
        host: Name or address of the machine.
        port: Port.
    """

    def __init__(self, host: str, port: int, cause: OSError) -> None:
        self.host = host
        self.port = port
        reason = cause.strerror
        if cause.errno == EADDRINUSE:
            other = port + 1
            reason = f"the port is in use; choose another: --port {other}, or make run PORT={other}"
        super().__init__(f"cannot listen on {host}:{port}: {reason}")


class AwsError(LocalError):
    """A service of AWS that cannot be asked; says why, and what to do."""


class CompilationError(LocalError):
    """A model that cannot be compiled, here or by SageMaker Neo; says why, and what to do."""


class CostError(LocalError):
    """An invalid workload or list of prices; names the field or the price."""


class EndpointError(LocalError):
    """An endpoint that does not exist, is not ready, or failed to do what it was asked."""


class LiveError(LocalError):
    """A place that has no weather, no model or no forecasts; says why, and what to do."""


class LogError(LocalError):
    """A log that cannot be read, or contains no answers."""


class QuotaError(LocalError):
    """The quotas of an AWS account cannot be read; says why."""


class ReplayError(LocalError):
    """Nights that cannot be run again, or not into this store; says why, and what to do."""


class ScalingError(LocalError):
    """Traffic or a policy that cannot be simulated, or traffic that no policy can serve."""


class StateMachineError(LocalError):
    """An execution on AWS that cannot be started or followed, or that failed; says why."""


class TargetModelError(LocalError):
    """A model of a multi-model endpoint has a wrong name, exists already, or does not exist.

    Attributes:
        file: The model's file name.
        reason: What is wrong, for people.
    """

    def __init__(self, file: str, reason: str) -> None:
        self.file = file
        self.reason = reason
        super().__init__(f"{file}: {reason}")


class TrainingJobError(LocalError):
    """A training job that SageMaker refuses, or did not run to its end; says why."""


class WeightsError(LocalError):
    """Weights that no endpoint can have: malformed, for an unknown variant, or all zero."""
