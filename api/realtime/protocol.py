"""What the API asks of an endpoint, whichever kind it is."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Target(NamedTuple):
    """Whom to ask.

    Attributes:
        variant: Production variant; None to let the weights decide.
        model: Target model of a multi-model endpoint; None where there is one model.
    """

    variant: str | None = None
    model: str | None = None


class Reply(NamedTuple):
    """What the endpoint sent.

    Attributes:
        body: As it came.
        variant: The production variant that says it has answered; None where none does.
    """

    body: bytes
    variant: str | None


class Endpoint(Protocol):
    """What answers a transform line."""

    def invoke(self, line: bytes, target: Target, request_id: str) -> Reply:
        """Ask for the forecast of one station.

        Args:
            line: A transform line.
            target: Whom to ask.
            request_id: Names the request in the endpoint's log.

        Raises:
            EndpointDownError: No answer, or none in time.
            ModelUnavailableError: The target model is not there, or not ready yet.
            EndpointError: The endpoint refuses what it was sent.
        """
        ...
