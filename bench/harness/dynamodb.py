"""DynamoDB Local for benchmarks."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.config import Config
from mypy_boto3_dynamodb import DynamoDBClient

from bench.harness.errors import ServerError
from bench.harness.server import HOST, free_port, serving_process

_HOME = Path(__file__).resolve().parents[2] / ".tools" / "dynamodb-local"
REGION = "eu-central-1"

#: DynamoDB Local accepts any credentials.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """Run DynamoDB Local, in memory, on a free port; yield its URL.

    Raises:
        ServerError: It is not installed, or does not start.
    """
    java = shutil.which("java")
    if java is None or not (_HOME / "DynamoDBLocal.jar").exists():
        raise ServerError("no DynamoDB Local: run python scripts/dynamodb_local.py")
    port = free_port()
    options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    command = [java, "-Xmx1g", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    with serving_process([*command, *options], port, [], environment=os.environ, cwd=_HOME):
        yield f"http://{HOST}:{port}"


def client_of(url: str) -> DynamoDBClient:
    """Return a client of DynamoDB Local that does not retry."""
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 -- it takes any
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=50),
    )
