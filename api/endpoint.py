"""The client of the SageMaker endpoint: one transform line in, one line of forecasts out.

The only module of this package that knows boto3. What it raises says whether the endpoint is down,
which the circuit breaker counts, or only one of its models is not there.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from api.errors import BadAnswerError, EndpointDownError, EndpointError, ModelUnavailableError
from api.target import Reply

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

    from api.target import Target

JSON_LINES = "application/jsonlines"

#: An answer is about 9 kB.
MOST_BYTES = 1_000_000

_THROTTLED = ("ThrottlingException", "Throttling", "TooManyRequestsException")


class SageMakerEndpoint:
    """A SageMaker real-time endpoint.

    Args:
        name: Of the endpoint.
        seconds: Time limit of connecting, and of waiting for the answer.
        connections: Kept open at most.
    """

    def __init__(self, name: str, seconds: float, connections: int) -> None:
        self._name = name
        self._seconds = seconds
        self._client: SageMakerRuntimeClient = boto3.client(
            "sagemaker-runtime",
            config=Config(
                connect_timeout=seconds,
                read_timeout=seconds,
                # What boto3 would try again, it would try for longer than anybody waits.
                retries={"total_max_attempts": 1},
                max_pool_connections=connections,
            ),
        )

    def invoke(self, line: bytes, target: Target, request_id: str) -> Reply:
        """See `Endpoint`; a connection that breaks at once is tried once more."""
        begun = time.monotonic()
        try:
            return self._invoke(line, target, request_id)
        except (ConnectionClosedError, EndpointConnectionError) as error:
            if time.monotonic() - begun > self._seconds / 2:
                raise _translated(error, target) from error
        except (BotoCoreError, ClientError) as error:
            raise _translated(error, target) from error
        try:
            return self._invoke(line, target, request_id)
        except (BotoCoreError, ClientError) as error:
            raise _translated(error, target) from error

    def _invoke(self, line: bytes, target: Target, request_id: str) -> Reply:
        named = {"TargetVariant": target.variant, "TargetModel": target.model}
        optional: Any = {name: value for name, value in named.items() if value is not None}
        answer = self._client.invoke_endpoint(
            EndpointName=self._name,
            ContentType=JSON_LINES,
            Accept=JSON_LINES,
            Body=line,
            InferenceId=request_id,
            **optional,
        )
        with answer["Body"] as stream:
            body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise BadAnswerError(f"an answer of more than {MOST_BYTES:,} bytes")
        return Reply(body, answer.get("InvokedProductionVariant"))


def _translated(error: BotoCoreError | ClientError, target: Target) -> EndpointError:
    if isinstance(error, ClientError):
        return _refusal(error, target)
    if isinstance(error, ReadTimeoutError | ConnectTimeoutError):
        return EndpointDownError("endpoint_timeout", str(error))
    return EndpointDownError("endpoint_unreachable", str(error))


def _refusal(error: ClientError, target: Target) -> EndpointError:
    response: Any = error.response
    code, message = response["Error"].get("Code", ""), response["Error"].get("Message", "")
    status = response.get("OriginalStatusCode", 500)
    if code == "ModelNotReadyException":
        return ModelUnavailableError("model_not_ready", str(error))
    # A missing endpoint is a validation error, too: "Endpoint x of account y not found."
    if code == "ValidationError" and target.model and not message.startswith("Endpoint "):
        return ModelUnavailableError("model_missing", str(error))
    if code == "ModelError" and status < 500:  # noqa: PLR2004 -- the line's fault, not the model's
        return EndpointError("endpoint_error", str(error))
    return EndpointDownError(
        "endpoint_busy" if code in _THROTTLED else "endpoint_error", str(error)
    )
