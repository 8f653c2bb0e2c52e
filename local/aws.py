"""AWS's services: clients made from boto3's own environment, and advice about their errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 -- botocore's, which is no OSError
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
)

from local.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sagemaker import SageMakerClient

    from local.errors import LocalError

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard"})

#: What to do about an error, by the beginning of AWS's code for it; services differ in its end.
_ADVICE = {
    "AccessDenied": "log in as a user who may, or let an administrator allow it",
    "ExpiredToken": "log in again",
    "UnrecognizedClient": "check the credentials, and log in again",
    "InvalidClientTokenId": "check the credentials, and log in again",
}


def sagemaker() -> SageMakerClient:
    """Return a client of SageMaker's control plane.

    Raises:
        AwsError: There is no region, or the endpoint URL is malformed.
    """
    client: SageMakerClient = _client("sagemaker", "SageMaker", None)
    return client


def step_functions(region: str) -> Any:
    """Return a client of Step Functions, which has no stubs here.

    Raises:
        AwsError: The region or the endpoint URL is malformed.
    """
    return _client("stepfunctions", "Step Functions", region)


def _client(service: str, name: str, region: str | None) -> Any:
    try:
        return boto3.client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]  # any service
    except (BotoCoreError, ValueError) as error:  # ValueError: a malformed endpoint URL
        raise AwsError(f"{name}: {_advice(error)}") from error


@contextmanager
def translated(subject: str, kind: type[LocalError]) -> Iterator[None]:
    """Translate boto3's errors into an error of *kind* that names *subject*, with advice."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise kind(f"{subject}: {_advice(error)}") from error


def _advice(error: Exception) -> str:
    if isinstance(error, NoRegionError):
        return "no region; set AWS_DEFAULT_REGION"
    if isinstance(error, NoCredentialsError):
        return "no credentials; log in, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if isinstance(error, (ConnectionError, HTTPClientError)):
        return f"unreachable; check the network and AWS_ENDPOINT_URL_*: {error}"
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    advice = next((advice for begin, advice in _ADVICE.items() if code.startswith(begin)), "")
    return f"{error}; {advice}" if advice else str(error)
