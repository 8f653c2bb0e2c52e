"""What the clients of both kinds of endpoint share: time limits, one retry, translated errors.

boto3's own retries are off, because they would take longer than the caller waits. The error that a
client raises says whether the endpoint is down, which the circuit breaker counts.
"""

import time
from abc import ABC, abstractmethod

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.response import StreamingBody

from api.errors import BadAnswerError, EndpointDownError, EndpointError
from api.realtime.protocol import Destination, Reply

#: Size of an answer; usually it is about 9 kB.
MOST_BYTES = 1_000_000


class BotoEndpoint(ABC):
    """An endpoint that is asked by boto3.

    Args:
        seconds: Time limit for connecting, and for the answer.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def invoke(self, line: bytes, destination: Destination, request_id: str) -> Reply:
        """See `Endpoint`; a connection that breaks early is tried once more."""
        begun = time.monotonic()
        try:
            return self._ask(line, destination, request_id)
        except (ConnectionClosedError, EndpointConnectionError) as error:
            if time.monotonic() - begun > self._seconds / 2:
                raise self._translated(error, destination) from error
        except (BotoCoreError, ClientError) as error:
            raise self._translated(error, destination) from error
        try:
            return self._ask(line, destination, request_id)
        except (BotoCoreError, ClientError) as error:
            raise self._translated(error, destination) from error

    @abstractmethod
    def _ask(self, line: bytes, destination: Destination, request_id: str) -> Reply:
        """Ask once; may raise boto3's errors."""

    @abstractmethod
    def _refusal(self, error: ClientError, destination: Destination) -> EndpointError:
        """Translate an error that the service answers with."""

    def _translated(
        self, error: BotoCoreError | ClientError, destination: Destination
    ) -> EndpointError:
        if isinstance(error, ClientError):
            return self._refusal(error, destination)
        if isinstance(error, ReadTimeoutError | ConnectTimeoutError):
            return EndpointDownError("endpoint_timeout", str(error))
        return EndpointDownError("endpoint_unreachable", str(error))


def config_of(seconds: float, connections: int) -> Config:
    """Return the configuration of a boto3 client.

    Args:
        seconds: Time limit for connecting, and for the answer.
        connections: The most connections kept open.
    """
    return Config(
        connect_timeout=seconds,
        read_timeout=seconds,
        retries={"total_max_attempts": 1},
        max_pool_connections=connections,
    )


def read_body(body: StreamingBody) -> bytes:
    """Read an answer to its end.

    Raises:
        BadAnswerError: It is longer than any forecast.
    """
    with body as stream:
        content: bytes = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadAnswerError(f"an answer of more than {MOST_BYTES:,} bytes")
    return content
