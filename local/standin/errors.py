"""Everything that can go wrong in the stand-in of a SageMaker endpoint.

LocalError
├── ContainerError
├── FaultsError
├── HookError
└── RefusalError
"""

from starlette.responses import Response

from local.errors import LocalError


class ContainerError(LocalError):
    """A container of the stand-in does not become ready.

    Attributes:
        artifact: The artifact, or the folder of models, that it should serve.
        reason: The container's own explanation.
    """

    def __init__(self, artifact: str, reason: str) -> None:
        self.artifact = artifact
        self.reason = reason
        super().__init__(f"{artifact}: its container does not start: {reason}")


class FaultsError(LocalError):
    """The faults in a request are invalid; names the field."""


class HookError(LocalError):
    """A hook of a model artifact raised an exception, which is the `__cause__`."""


class RefusalError(LocalError):
    """The stand-in refuses a request instead of passing it to a container.

    Attributes:
        response: What the client gets.
    """

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(bytes(response.body).decode())
