"""What the clients of both kinds of endpoint share: time limits, one retry, translated errors.

boto3's own retries are off, because they would take longer than the caller waits. The error that a
client raises says whether the endpoint is down, which the circuit breaker counts. Whatever goes
wrong in a call is such an error: it must cost a degraded answer, not a failed request.
"""

import time
from abc import ABC, abstractmethod
from http.client import HTTPException

from botocore.client import BaseClient
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
from api.realtime.transport import MOST_BYTES, Transport
from forecasts.aws.http import TooLongError

_BROKEN = (ConnectionError, ConnectionClosedError, EndpointConnectionError)
_TOO_SLOW = (TimeoutError, ReadTimeoutError, ConnectTimeoutError)
_UNREACHABLE = (OSError, HTTPException, BotoCoreError)


class BotoEndpoint(ABC):
    """An endpoint that is asked by boto3.

    Args:
        client: The boto3 client.
        seconds: Time limit for a whole call.
    """

    def __init__(self, client: BaseClient, seconds: float) -> None:
        self._transport = Transport(client)
        self._seconds = seconds

    def invoke(self, line: bytes, destination: Destination, request_id: str) -> Reply:
        """See `Endpoint`; a connection that breaks early is tried once more."""
        begun = time.monotonic()
        self._transport.begin(begun + self._seconds)
        try:
            return self._ask(line, destination, request_id)
        except _BROKEN as error:
            if time.monotonic() - begun > self._seconds / 2:
                raise self._translated(error, destination) from error
        except Exception as error:
            raise self._translated(error, destination) from error
        try:
            return self._ask(line, destination, request_id)
        except Exception as error:
            raise self._translated(error, destination) from error

    def close(self) -> None:
        """Close the idle connections."""
        self._transport.close()

    @abstractmethod
    def _ask(self, line: bytes, destination: Destination, request_id: str) -> Reply:
        """Ask once; may raise boto3's errors."""

    @abstractmethod
    def _refusal(self, error: ClientError, destination: Destination) -> EndpointError:
        """Translate an error that the service answers with."""

    def _translated(self, error: Exception, destination: Destination) -> EndpointError:
        match error:
            case EndpointError():
                return error
            case ClientError():
                return self._refusal(error, destination)
            case TooLongError():
                return BadAnswerError(str(error))
        if isinstance(error, _TOO_SLOW):
            return EndpointDownError("endpoint_timeout", str(error))
        if isinstance(error, _UNREACHABLE):
            return EndpointDownError("endpoint_unreachable", str(error))
        # botocore's parsers raise whatever a strange answer leads to: KeyError, AttributeError, ...
        return EndpointDownError("endpoint_error", f"boto3 cannot read the answer: {error!r}")


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
