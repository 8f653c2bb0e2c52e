"""Fixtures of imports."""

import boto3
import pytest
from moto import mock_aws


@pytest.fixture
def bucket(monkeypatch):
    """S3 with the empty bucket `observations`."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="observations")
        yield
