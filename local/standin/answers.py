"""Responses of SageMaker Runtime, as botocore reads them.

The shapes are those of botocore's service model. Messages are the service's own if they are known
publicly; the others say what is wrong.
"""

import uuid
from collections.abc import Mapping

import httpx
from starlette.responses import JSONResponse, Response

#: The region and the account in the stand-in's names and messages.
REGION, ACCOUNT = "local", "000000000000"

INFERENCE_ID = "x-amzn-sagemaker-inference-id"
CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
TARGET_MODEL = "x-amzn-sagemaker-target-model"
TARGET_VARIANT = "x-amzn-sagemaker-target-variant"
INVOKED_VARIANT = "x-Amzn-Invoked-Production-Variant"

#: Bytes that SageMaker accepts in one request.
BODY_LIMIT = 6 * 1024 * 1024

#: The first status code of an error, and the first that is the container's fault.
_ERROR, _SERVER_ERROR = 400, 500


def endpoint_arn(name: str) -> str:
    """Return the ARN of an endpoint."""
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name.lower()}"


def answer_of(response: httpx.Response, endpoint: str, variant: str) -> Response:
    """Turn a container's response into the response of InvokeEndpoint."""
    if response.status_code >= _ERROR:
        message = response.content.decode(errors="replace")
        return model_error(endpoint, response.status_code, message)
    headers = {
        "content-type": response.headers.get("content-type", "application/octet-stream"),
        "x-amzn-requestid": str(uuid.uuid4()),
        INVOKED_VARIANT: variant,
    }
    if CUSTOM_ATTRIBUTES in response.headers:
        headers[CUSTOM_ATTRIBUTES] = response.headers[CUSTOM_ATTRIBUTES]
    return Response(response.content, headers=headers)


def model_error(endpoint: str, status: int, message: str) -> Response:
    """Say that the container responded with *status*; 0 if it did not respond."""
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
    """Say that the container did not respond in time."""
    message = (
        "Your invocation timed out while waiting for a response from container primary. Review "
        "the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try "
        "again."
    )
    return model_error(endpoint, 0, message)


def validation_error(message: str, code: str | None = None) -> Response:
    """Refuse a request; *code* is the `ErrorCode` that some of the service's errors carry."""
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
    """Say that no instance is ready."""
    message = "The request has failed due to a temporary failure of the server."
    return _error(503, "ServiceUnavailable", message, {})


def too_large() -> Response:
    """Say that the request's body exceeds `BODY_LIMIT`."""
    return JSONResponse({"Message": f"HTTP content length exceeded {BODY_LIMIT} bytes."}, 413)


def _error(status: int, kind: str, message: str, more: Mapping[str, object]) -> Response:
    headers = {"x-amzn-ErrorType": kind, "x-amzn-requestid": str(uuid.uuid4())}
    return JSONResponse({"Message": message, **more}, status, headers)
