"""What the API expects of an endpoint of either kind."""

from typing import NamedTuple, Protocol


class Destination(NamedTuple):
    """Whom to ask.

    Attributes:
        variant: Production variant; None to let the weights decide.
        model: Target model of a multi-model endpoint; None if there is only one model.
    """

    variant: str | None = None
    model: str | None = None


class Reply(NamedTuple):
    """The reply of an endpoint.

    Attributes:
        body: The body, unchecked.
        variant: Production variant that answered; None if the endpoint does not say.
    """

    body: bytes
    variant: str | None


class Endpoint(Protocol):
    """Answers transform lines."""

    def invoke(self, line: bytes, destination: Destination, request_id: str) -> Reply:
        """Ask for the forecast of one station.

        Args:
            line: A transform line.
            destination: The model to ask.
            request_id: Identifies the request in the endpoint's log.

        Raises:
            EndpointDownError: No answer, or none in time.
            ModelUnavailableError: The target model does not exist, or is not ready yet.
            EndpointError: The endpoint refuses the line.
        """
        ...

    def close(self) -> None:
        """Close the idle connections."""
        ...
