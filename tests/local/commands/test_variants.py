"""The commands that move requests between variants, against moto's SageMaker and the stand-in."""

import re
from datetime import timedelta

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from forecasts.errors import ConflictError
from forecasts.releases import changed, current_release, put_release
from local.commands import variants as variant_commands
from local.errors import EndpointError, WeightsError
from local.releases.variants import POLLS, Releases, SageMaker
from local.releases.weights import promoted, shifted
from local.standin.endpoint import Endpoint, running
from tests.command_line import run, said
from tests.endpoint import WEIGHTS, a_line, invoke, put_weights, runtime_client
from tests.factories import NOW

ROLE = "arn:aws:iam::123456789012:role/model"
NAME = "stationcast"
BEFORE = {"depth5": 1.0, "depth10": 0.0}


@pytest.fixture
def aws(monkeypatch):
    """SageMaker in this process, and credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("STATIONCAST_ENDPOINT", raising=False)
    with mock_aws():
        yield boto3.client("sagemaker")


def variant(name, weight):
    """Return a production variant of CreateEndpointConfig."""
    return {
        "VariantName": name,
        "ModelName": f"model-{name}",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
        "InitialVariantWeight": weight,
    }


def make_endpoint(client, weights):
    """Create the endpoint with some variants."""
    for name in weights:
        client.create_model(ModelName=f"model-{name}", ExecutionRoleArn=ROLE)
    client.create_endpoint_config(
        EndpointConfigName="config",
        ProductionVariants=[variant(name, weight) for name, weight in weights.items()],
    )
    client.create_endpoint(EndpointName=NAME, EndpointConfigName="config")
    # moto has no current weights before the first change.
    set_weights(client, weights)


def set_weights(client, weights):
    """Set weights without our commands, as the console does."""
    client.update_endpoint_weights_and_capacities(
        EndpointName=NAME,
        DesiredWeightsAndCapacities=[
            {"VariantName": name, "DesiredWeight": weight, "DesiredInstanceCount": 1}
            for name, weight in weights.items()
        ],
    )


@pytest.fixture
def endpoint(aws):
    """An endpoint with two variants, all requests on the first."""
    make_endpoint(aws, BEFORE)
    return aws


@pytest.fixture
def store(connect):
    """An empty store of each kind; the other tests of commands have a URL by this name."""
    return connect()


@pytest.fixture
def releases(endpoint, store):
    """Changes of that endpoint."""
    return Releases(SageMaker(endpoint), store, NAME)


def weights(client):
    """Return SageMaker's weights of the endpoint."""
    found = client.describe_endpoint(EndpointName=NAME)["ProductionVariants"]
    return {variant["VariantName"]: variant["CurrentWeight"] for variant in found}


def test_a_change_and_back(releases, endpoint):
    """New weights are set, and a rollback sets the earlier ones."""
    releases.set(lambda found: shifted(found, {"depth10": 5.0}), NOW)
    assert weights(endpoint) == {"depth5": 95, "depth10": 5}
    releases.set(lambda found: promoted(found, "depth10"), NOW)
    assert weights(endpoint) == {"depth5": 0, "depth10": 100}

    releases.roll_back(NOW)
    assert weights(endpoint) == {"depth5": 95, "depth10": 5}
    releases.roll_back(NOW)
    assert weights(endpoint) == BEFORE


def test_a_rollback_knows_what_others_set(releases, endpoint):
    """A rollback also returns to weights set by a deployment or the console."""
    releases.set(lambda found: promoted(found, "depth10"), NOW)
    set_weights(endpoint, {"depth10": 7.0})
    releases.set(lambda found: promoted(found, "depth5"), NOW)
    releases.roll_back(NOW)

    assert weights(endpoint) == {"depth5": 0, "depth10": 7}


def test_a_variant_that_came_later_gets_nothing_back(releases, store, endpoint):
    """A rollback to weights without a variant takes its requests away."""
    put_release(store, changed(current_release(store, NAME), {}, {"depth5": 3.0}, NOW))
    set_weights(endpoint, {"depth10": 9.0})
    releases.roll_back(NOW)

    assert weights(endpoint) == {"depth5": 3, "depth10": 0}
    assert current_release(store, NAME).weights == weights(endpoint)


def test_a_variant_that_is_gone(releases, store, endpoint):
    """A rollback to a variant that the endpoint no longer has is refused; nothing changes."""
    gone = {"depth3": 1.0, "depth5": 1.0}
    put_release(store, changed(current_release(store, NAME), {}, gone, NOW))

    with pytest.raises(WeightsError, match="no production variant 'depth3'"):
        releases.roll_back(NOW)
    assert weights(endpoint) == BEFORE
    assert current_release(store, NAME).version == 1


def test_of_two_at_once_one_is_refused(releases, store, endpoint):
    """Another process's change between read and write wins, and nothing else is set."""

    def meanwhile(found):
        put_release(store, changed(current_release(store, NAME), {}, dict(found), NOW))
        return promoted(found, "depth10")

    with pytest.raises(ConflictError):
        releases.set(meanwhile, NOW + timedelta(seconds=1))
    assert weights(endpoint) == BEFORE


def a_description(status, **more):
    """Return DescribeEndpoint's response for an endpoint without variants."""
    return {
        "EndpointName": NAME,
        "EndpointArn": f"arn:aws:sagemaker:eu-central-1:123456789012:endpoint/{NAME}",
        "EndpointConfigName": "config",
        "EndpointStatus": status,
        "CreationTime": NOW,
        "LastModifiedTime": NOW,
    } | more


@pytest.fixture
def stubbed(aws):
    """A client that returns a test's descriptions one after the other."""
    config = {
        "EndpointConfigName": "config",
        "EndpointConfigArn": "arn:aws:sagemaker:eu-central-1:123456789012:endpoint-config/config",
        "ProductionVariants": [{"VariantName": "depth5", "ModelName": "model-depth5"}],
        "CreationTime": NOW,
    }

    def answering(*statuses, **more):
        stubber = Stubber(aws)
        for status in statuses:
            stubber.add_response("describe_endpoint", a_description(status, **more))
            stubber.add_response("describe_endpoint_config", config)
        stubber.activate()
        return SageMaker(aws)

    return answering


def test_waiting(stubbed):
    """Each status is reported until the endpoint is in service."""
    told = []
    found = stubbed("Updating", "Updating", "InService").wait(NAME, told.append)

    assert (found.status, told) == ("InService", ["Updating", "Updating"])


def test_an_update_that_fails(stubbed):
    """A failed update is an error with its reason."""
    failing = stubbed("Updating", "Failed", FailureReason="no capacity")

    with pytest.raises(EndpointError, match="endpoint stationcast is Failed: no capacity"):
        failing.wait(NAME, lambda _: None)


def test_waiting_has_an_end(stubbed):
    """Waiting for an update has a limit."""
    with pytest.raises(EndpointError, match="not in service yet"):
        stubbed(*["Updating"] * POLLS).wait(NAME, lambda _: None)


def test_an_endpoint_that_is_being_updated(stubbed, store):
    """A second change is refused, and not recorded."""
    releases = Releases(stubbed("Updating", "Updating"), store, NAME)

    for change in (lambda: releases.set(dict, NOW), lambda: releases.roll_back(NOW)):
        with pytest.raises(EndpointError, match="is Updating, not InService; wait"):
            change()
    assert current_release(store, NAME).version == 0


def shown(result):
    """Return the shares in a command's output, by variant."""
    assert result.exit_code == 0, result.output
    return dict(re.findall(r"(depth\d+|shadow\d+)\W+([\d.]+ %|shadow)", result.output))


@pytest.fixture
def url(tmp_path):
    """The URL of a store that does not exist yet."""
    return f"sqlite:///{tmp_path}/forecasts.db"


@pytest.mark.usefixtures("endpoint")
def test_the_commands(url):
    """Show, shift, promote and roll back print the resulting shares."""
    where = ("--store", url)
    assert shown(run("variants", "show")) == {"depth5": "100 %", "depth10": "0 %"}
    shifted_5 = run("variants", "shift", "depth5=95,depth10=5", *where)
    assert shown(shifted_5) == {"depth5": "95 %", "depth10": "5 %"}
    promoted_10 = run("variants", "promote", "depth10", *where, "--endpoint", "sagemaker://" + NAME)
    assert shown(promoted_10) == {"depth5": "0 %", "depth10": "100 %"}
    assert shown(run("variants", "rollback", *where)) == shown(shifted_5)
    assert "model-depth10" in promoted_10.output

    run("variants", "rollback", *where)
    nothing = run("variants", "rollback", *where)
    assert (nothing.exit_code, "no change of its weights is known" in said(nothing)) == (1, True)


def test_an_update_takes_its_time(endpoint, url, monkeypatch):
    """A command waits until the endpoint is in service again, and shows its shares."""
    statuses = ["InService", "Updating", "Updating", "InService"]
    asked = answer_with(monkeypatch, endpoint, statuses)
    monkeypatch.setattr(variant_commands, "POLL_SECONDS", 0)
    result = run("variants", "shift", "depth10=5", "--store", url)

    assert shown(result) == {"depth5": "95 %", "depth10": "5 %"}
    assert asked == statuses


def test_an_endpoint_that_has_failed(endpoint, monkeypatch):
    """The reason of a failed endpoint is shown."""
    answer_with(monkeypatch, endpoint, ["Failed"])
    result = run("variants", "show")

    assert "Endpoint stationcast: Failed" in result.output
    assert "no capacity" in result.output


def answer_with(monkeypatch, endpoint, statuses):
    """Let SageMaker go through some statuses, as during an update.

    Returns:
        The list of those that were told.
    """
    told = []

    def status(parsed, **_):
        told.append(statuses[len(told)])
        parsed["EndpointStatus"] = told[-1]
        if told[-1] == "Failed":
            parsed["FailureReason"] = "no capacity"

    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
    boto3.DEFAULT_SESSION.events.register("after-call.sagemaker.DescribeEndpoint", status)
    assert weights(endpoint) == BEFORE  # by a client that hears no such thing
    return told


@pytest.fixture
def stand_in(endpoint_process, monkeypatch):
    """The stand-in, found by its environment variables."""
    put_weights(endpoint_process, WEIGHTS)
    lead_boto3_to(endpoint_process, monkeypatch)


def lead_boto3_to(endpoint, monkeypatch):
    """Point boto3 to an endpoint on this machine."""
    variables = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    region = {"AWS_DEFAULT_REGION": "eu-central-1"}
    for name, value in (variables | region | endpoint.environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.mark.usefixtures("stand_in")
def test_the_stand_in_does_the_same(endpoint_process, url):
    """The commands also work on the stand-in: weights are set, and requests follow."""
    where = ("--store", url)
    assert shown(run("variants", "show")) == {"depth5": "95 %", "depth10": "5 %"}
    assert shown(run("variants", "promote", "depth10", *where))["depth10"] == "100 %"
    answer = invoke(runtime_client(endpoint_process), a_line())
    assert answer["InvokedProductionVariant"] == "depth10"

    assert shown(run("variants", "rollback", *where)) == {"depth5": "95 %", "depth10": "5 %"}
    unknown = run("variants", "show", "--endpoint", "elsewhere")
    assert "Could not find endpoint" in said(unknown)


def test_a_shadow_is_shown(model_path, monkeypatch):
    """A shadow variant is shown as such, without a share."""
    wanted = Endpoint(variants={"depth5": str(model_path)}, shadow={"shadow10": str(model_path)})
    with running(wanted) as endpoint:
        lead_boto3_to(endpoint, monkeypatch)
        result = run("variants", "show")

    assert shown(result) == {"depth5": "100 %", "shadow10": "shadow"}


@pytest.mark.usefixtures("endpoint")
def test_what_is_refused(url):
    """Unknown and malformed variants and endpoints are errors in one line."""
    unknown = run("variants", "promote", "depth7", "--store", url)
    nowhere = run("variants", "show", "--endpoint", "elsewhere")
    no_name = run("variants", "show", "--endpoint", "http://elsewhere")

    assert "Error: no production variant 'depth7'; the endpoint has depth5, depth10" in said(
        unknown
    )
    assert "Error: endpoint elsewhere: " in said(nowhere)
    assert "Could not find" in said(nowhere)
    assert "'http://elsewhere' is not the name of an endpoint" in said(no_name)


def test_missing_settings(monkeypatch):
    """The error names what is missing: the region, the credentials or the endpoint."""
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert "no region; set AWS_DEFAULT_REGION" in said(run("variants", "show"))

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert "no credentials; log in" in said(run("variants", "show"))

    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "nonsense")
    assert "Invalid endpoint: nonsense" in said(run("variants", "show"))


def test_an_unreachable_stand_in(monkeypatch):
    """A stand-in that is not running is unreachable; the error names the variable."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    assert "unreachable; check the network and AWS_ENDPOINT_URL_*" in said(run("variants", "show"))


def test_endpoint_of_the_environment(endpoint, monkeypatch):  # noqa: ARG001 -- it is asked
    """The setting of the API names the endpoint for the commands as well."""
    monkeypatch.setenv("STATIONCAST_ENDPOINT", f"sagemaker://{NAME}")
    assert shown(run("variants", "show"))["depth5"] == "100 %"

    monkeypatch.setenv("STATIONCAST_ENDPOINT", "sagemaker://elsewhere")
    assert run("variants", "show").exit_code == 1
