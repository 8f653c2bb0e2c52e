"""Everything that can go wrong in the stand-in of a SageMaker endpoint.

LocalError
├── ContainerError
├── FaultsError
├── HookError
└── RefusalError
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.errors import LocalError

if TYPE_CHECKING:
    from local.standin.http import Response


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


class FaultsError(LocalError):
    """Faults that the stand-in cannot have; names the field."""


class HookError(LocalError):
    """A hook of a model artifact raised something; `__cause__` is what."""


class RefusalError(LocalError):
    """A request that the stand-in answers itself, because it cannot be passed on.

    Attributes:
        response: The answer.
    """

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(response.body.decode())
