"""SageMaker's control plane: the client, and advice about its errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

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

from local.errors import EndpointError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sagemaker import SageMakerClient

    from local.errors import LocalError

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard"})


def connect() -> SageMakerClient:
    """Return a client, made from boto3's own environment.

    Raises:
        EndpointError: There is no region, or the endpoint URL is malformed.
    """
    try:
        return boto3.client("sagemaker", config=_CONFIG)
    except (BotoCoreError, ValueError) as error:  # ValueError: a malformed endpoint URL
        raise EndpointError(f"SageMaker: {_advice(error)}") from error


@contextmanager
def translated(subject: str, kind: type[LocalError]) -> Iterator[None]:
    """Translate boto3's errors into an error of *kind* that names *subject*."""
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
        return f"unreachable; check the network and AWS_ENDPOINT_URL_SAGEMAKER: {error}"
    return str(error)
