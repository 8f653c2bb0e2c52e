"""The client of a SageMaker endpoint: one transform line in, one line of forecasts out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from api.errors import EndpointDownError, EndpointError, ModelUnavailableError
from api.realtime.boto import BotoEndpoint, config_of, read_body
from api.realtime.protocol import Reply

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

    from api.realtime.protocol import Destination

JSON_LINES = "application/jsonlines"

_THROTTLED = ("ThrottlingException", "Throttling", "TooManyRequestsException")


class SageMakerEndpoint(BotoEndpoint):
    """A SageMaker real-time endpoint.

    Args:
        name: Name of the endpoint.
        seconds: Time limit for a whole call.
        connections: The most connections kept open.
    """

    def __init__(self, name: str, seconds: float, connections: int) -> None:
        self._name = name
        self._client: SageMakerRuntimeClient = boto3.client(
            "sagemaker-runtime", config=config_of(seconds, connections)
        )
        super().__init__(self._client, seconds)

    def _ask(self, line: bytes, destination: Destination, request_id: str) -> Reply:
        named = {"TargetVariant": destination.variant, "TargetModel": destination.model}
        optional: Any = {name: value for name, value in named.items() if value is not None}
        answer = self._client.invoke_endpoint(
            EndpointName=self._name,
            ContentType=JSON_LINES,
            Accept=JSON_LINES,
            Body=line,
            InferenceId=request_id,
            **optional,
        )
        return Reply(read_body(answer["Body"]), answer.get("InvokedProductionVariant"))

    def _refusal(self, error: ClientError, destination: Destination) -> EndpointError:
        response: Any = error.response
        code, message = response["Error"].get("Code"), str(response["Error"].get("Message"))
        status = response.get("OriginalStatusCode")
        if code == "ModelNotReadyException":
            return ModelUnavailableError("model_not_ready", str(error))
        # A missing endpoint is a validation error, too: "Endpoint x of account y not found."
        if code == "ValidationError" and destination.model and not message.startswith("Endpoint "):
            return ModelUnavailableError("model_missing", str(error))
        line_was_bad = isinstance(status, int) and status < 500  # noqa: PLR2004
        if code == "ModelError" and line_was_bad:
            return EndpointError("endpoint_error", str(error))
        return EndpointDownError(
            "endpoint_busy" if code in _THROTTLED else "endpoint_error", str(error)
        )
