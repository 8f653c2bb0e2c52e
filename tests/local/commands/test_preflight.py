"""The quotas of an account, over HTTP from a server in AWS's shape."""

from contextlib import contextmanager

import botocore.session
import pytest
from botocore.validate import ParamValidator

from local.errors import QuotaError
from local.quotas import SPARK_VCPUS, compare, needs, service_quotas
from tests.command_line import run, said
from tests.local.quota_server import a_quota, quota_server
from tests.stack import Stack

FUNCTIONS = a_quota("lambda", "Concurrent executions", "L-B99A9384", 1000.0)
TRANSFORM = a_quota("sagemaker", "ml.m5.xlarge for transform job usage", "L-AAAAAAAA", 0.0)
ENDPOINT = a_quota("sagemaker", "ml.m5.large for endpoint usage", "L-BBBBBBBB", 4.0)
SPOT = a_quota("sagemaker", "ml.m5.2xlarge for spot training job usage", "L-CCCCCCCC", 0.0)
SPARK = a_quota("emr-serverless", "Max concurrent vCPUs per account", "L-D05C8A75", 16.0)
#: What AWS gives a new account, behind more quotas than a page has.
DEFAULTS = [
    *(a_quota("sagemaker", f"ml.c{n}.large for endpoint usage", f"L-{n:08}", 0) for n in range(5)),
    FUNCTIONS,
    TRANSFORM,
    ENDPOINT,
    SPOT,
    SPARK,
]


@pytest.fixture
def account(monkeypatch):
    """An account with AWS's defaults, and quotas of its own; as a context manager."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    @contextmanager
    def serve(*own, error=None):
        with quota_server(DEFAULTS, own, error) as url:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", url)
            yield

    return serve


def test_a_new_account(account):
    """Quotas that are too small are named with the command that raises them; the status is 1."""
    with account(FUNCTIONS | {"Value": 10.0}):
        result = run("preflight", "--region", "eu-central-1", "--endpoint-count", "3")
    request = "request-service-quota-increase --region eu-central-1 --service-code"

    assert result.exit_code == 1
    assert "Raise Concurrent executions from 10 to 50" in said(result)
    assert f"{request} lambda --quota-code L-B99A9384 --desired-value 50" in said(result)
    assert f"{request} sagemaker --quota-code L-AAAAAAAA --desired-value 1" in said(result)
    # Three old and three new instances during a deployment.
    assert f"{request} sagemaker --quota-code L-BBBBBBBB --desired-value 6" in said(result)


def test_an_account_that_is_ready(account):
    """With values of its own that are large enough, the status is 0; the endpoint is optional."""
    with account(TRANSFORM | {"Value": 2.0}):
        result = run("preflight", "--transform-count", "2")

    assert result.exit_code == 0, result.output
    assert "Raise" not in result.output
    assert "endpoint" not in result.output


def test_trainings(account):
    """A new account may have no spot instance that trains; its processors for Spark suffice."""
    with account(TRANSFORM | {"Value": 2.0}):
        result = run("preflight", "--training-instance", "ml.m5.2xlarge")
    most = Stack(Training="on").made("AWS::EMRServerless::Application")["SparkApplication"]

    assert result.exit_code == 1
    assert "sagemaker --quota-code L-CCCCCCCC --desired-value 1" in said(result)
    assert said(result).count("Raise") == 1
    assert most["MaximumCapacity"]["Cpu"] == f"{SPARK_VCPUS} vCPU"


def test_a_quota_that_is_not_listed(account):
    """A type that the region does not have is not enough, and is no traceback."""
    with account():
        result = run("preflight", "--transform-instance", "ml.m7g.large")

    assert result.exit_code == 1
    assert "ml.m7g.large for transform job usage: AWS lists no such quota here" in said(result)


def test_without_a_region_the_advice_names_none(account):
    """Without --region, AWS's own command takes it from the environment, too."""
    with account():
        result = run("preflight")

    assert "request-service-quota-increase --service-code sagemaker" in said(result)


def test_access_that_is_denied(account):
    """The error says what AWS says."""
    with account(error="AccessDeniedException"):
        client = service_quotas(None)

        with pytest.raises(QuotaError, match=r"Service Quotas, .*AccessDeniedException.*not you"):
            list(compare(client, needs(("ml.m5.xlarge", 1), None)))


def test_a_malformed_address(monkeypatch):
    """A malformed URL in the environment is an error in one line."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", "nowhere")

    with pytest.raises(QuotaError, match="nowhere"):
        service_quotas("eu-central-1")


def test_the_server_has_the_shape_of_aws():
    """The server's quotas have the fields and types of botocore's description."""
    service = botocore.session.get_session().get_service_model("service-quotas")
    for operation in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas"):
        shape = service.operation_model(operation).output_shape
        report = ParamValidator().validate({"Quotas": DEFAULTS, "NextToken": "1"}, shape)

        assert not report.has_errors(), report.generate_report()
