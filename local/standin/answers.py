"""Answers of SageMaker Runtime, as botocore reads them.

The shapes are those of botocore's service model. Messages are the service's own where one was
found in public; the others say what is wrong.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from local.standin.http import Response, json_response

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What the stand-in says where AWS names region and account.
REGION, ACCOUNT = "local", "000000000000"

INFERENCE_ID = "x-amzn-sagemaker-inference-id"
CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
TARGET_MODEL = "x-amzn-sagemaker-target-model"
TARGET_VARIANT = "x-amzn-sagemaker-target-variant"
INVOKED_VARIANT = "x-Amzn-Invoked-Production-Variant"

#: Status codes from which on a container has not answered as asked.
_ERROR, _SERVER_ERROR = 400, 500


def endpoint_arn(name: str) -> str:
    """Name the endpoint to AWS."""
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name.lower()}"


def answer_of(response: Response, endpoint: str, variant: str) -> Response:
    """Turn what a container answered into the answer of InvokeEndpoint."""
    if response.status >= _ERROR:
        message = response.body.decode(errors="replace")
        return model_error(endpoint, response.status, message)
    headers = {
        "content-type": response.headers.get("content-type", "application/octet-stream"),
        "x-amzn-requestid": str(uuid.uuid4()),
        INVOKED_VARIANT: variant,
    }
    if CUSTOM_ATTRIBUTES in response.headers:
        headers[CUSTOM_ATTRIBUTES] = response.headers[CUSTOM_ATTRIBUTES]
    return Response(200, response.body, headers)


def model_error(endpoint: str, status: int, message: str) -> Response:
    """Say that the container answered *status*; 0 where it did not answer."""
    is_client = _ERROR <= status < _SERVER_ERROR
    kind, code = ("client", "CLIENT_ERROR") if is_client else ("server", "INTERNAL_FAILURE")
    text = (
        f'Received {kind} error ({status}) from primary with message "{message}". See standard '
        f"error of the stand-in of {endpoint} in account {ACCOUNT} for more information."
    )
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/{endpoint}"
    more = {
        "ErrorCode": f"{code}_FROM_MODEL",
        "LogStreamArn": group,
        "OriginalMessage": message,
        "OriginalStatusCode": status,
    }
    return _error(424, "ModelError", text, more)


def timed_out(endpoint: str) -> Response:
    """Say that the container did not answer in time."""
    message = (
        "Your invocation timed out while waiting for a response from container primary. Review "
        "the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try "
        "again."
    )
    return model_error(endpoint, 0, message)


def validation_error(message: str, code: str | None = None) -> Response:
    """Say that the request cannot be; *code* is what some of the service's messages carry."""
    return _error(400, "ValidationError", message, {"ErrorCode": code} if code else {})


def endpoint_not_found(name: str) -> Response:
    """Say that there is no endpoint of that name."""
    return validation_error(f"Endpoint {name} of account {ACCOUNT} not found.")


def target_model_not_supported(name: str) -> Response:
    """Say that TargetModel needs a multi-model endpoint."""
    message = (
        f"Endpoint {name} is not a multi-model endpoint and does not support target model header."
    )
    return validation_error(message, "TARGET_MODEL_HEADER_NOT_SUPPORTED")


def target_model_missing(name: str) -> Response:
    """Say that a multi-model endpoint needs TargetModel."""
    message = f"Request to multi-model endpoint {name} is missing a target model header."
    return validation_error(message, "TARGET_MODEL_HEADER_MISSING")


def throttled() -> Response:
    """Say that there are too many requests."""
    return _error(400, "ThrottlingException", "Rate exceeded", {})


def model_not_ready(target_model: str) -> Response:
    """Say that a model is still being loaded."""
    message = (
        f"Model {target_model} is not ready for inference yet. Wait and try your request again."
    )
    return _error(429, "ModelNotReadyException", message, {})


def unavailable() -> Response:
    """Say that no instance is there to answer."""
    message = "The request has failed due to a temporary failure of the server."
    return _error(503, "ServiceUnavailable", message, {})


def _error(status: int, kind: str, message: str, more: Mapping[str, object]) -> Response:
    headers = {"x-amzn-ErrorType": kind, "x-amzn-requestid": str(uuid.uuid4())}
    return json_response(status, {"Message": message, **more}, **headers)
