"""The template's real-time endpoint, in every kind that SageMaker has."""

import json
import re
import shutil
import subprocess
import tarfile
from fnmatch import fnmatchcase

import boto3
import pytest
from moto import mock_aws

from api.settings import Settings
from tests.dynamodb_local import ROOT
from tests.realtime_stacks import ACCEPTED, ON, STACKS, one, variants
from tests.recorder import Call
from tests.shapes import refusals
from tests.stack import ACCOUNT, BUCKET, REGION, Stack, allows, as_list

GUIDE = (ROOT / "docs" / "operations.md").read_text()

#: The resources of every kind of endpoint.
ALWAYS = {
    "ModelA",
    "EndpointConfig",
    "Endpoint",
    "EndpointRole",
    "EndpointLogs",
    "EndpointErrorsAlarm",
    "EndpointLatencyAlarm",
    "DegradedAnswersAlarm",
    "CircuitOpenedAlarm",
}
ON_INVOCATIONS = {"ScalingA", "InvocationsPolicyA"}
ON_LATENCY = {"ScalingA", "ScaleOutPolicyA", "ScaleInPolicyA", "ScaleOutAlarmA", "ScaleInAlarmA"}


def of_b(names):
    """Return the same resources for the second variant."""
    return {name.removesuffix("A") + "B" for name in names}


def at_creation(endpoint):
    """Return the properties of an endpoint without those for updates."""
    return {name: value for name, value in endpoint.items() if "Retain" not in name}


@pytest.mark.parametrize("name", [name for name in STACKS if name.startswith("off")])
def test_off_has_no_resources(name):
    """If real time is off, the stack has no endpoint, whatever other parameters are set."""
    stack = STACKS[name]
    kinds = {resource["Type"] for resource in Stack().template["Resources"].values()}
    endpoints = [k for k in kinds if re.match("AWS::(SageMaker|ApplicationAutoScaling)::", k)]
    role = {action for rule in stack.role("ApiFunction") for action in rule["Action"]}

    assert len(endpoints) == 5
    assert [made for kind in endpoints for made in stack.made(kind)] == []
    assert not ALWAYS & set(stack.made())
    assert [k for k in stack.environment("ApiFunction") if "ENDPOINT" in k] == []
    assert not role & {"sagemaker:InvokeEndpoint", "dynamodb:PutItem"}
    assert "SageMaker" not in one(stack, "AWS::CloudWatch::Dashboard")["DashboardBody"]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("one variant", ON_INVOCATIONS),
        ("two variants", {"ModelB"} | ON_INVOCATIONS | of_b(ON_INVOCATIONS)),
        ("two variants, on latency", {"ModelB"} | ON_LATENCY | of_b(ON_LATENCY)),
        ("two variants, not scaled", {"ModelB"}),
        ("a shadow", {"ModelOfShadow"} | ON_INVOCATIONS),
        ("serverless", set()),
        ("multi-model", ON_INVOCATIONS),
        ("multi-model, linear, on latency", ON_LATENCY),
    ],
)
def test_resources(name, more):
    """Each kind of endpoint has the resources that it needs, and none of another kind."""
    assert set(STACKS[name].made()) - set(STACKS["off"].made()) == ALWAYS | more


@pytest.mark.parametrize("name", ON)
def test_endpoint_fits_sagemaker(name):
    """The endpoint fits SageMaker's own description of its calls."""
    stack = ON[name]
    endpoint = one(stack, "AWS::SageMaker::Endpoint")
    calls = [
        *(
            ("CreateModel", model | {"ModelName": key})
            for key, model in stack.made("AWS::SageMaker::Model").items()
        ),
        *(
            ("CreateEndpointConfig", config | {"EndpointConfigName": key})
            for key, config in stack.made("AWS::SageMaker::EndpointConfig").items()
        ),
        ("CreateEndpoint", at_creation(endpoint)),
        ("UpdateEndpoint", endpoint),
    ]

    assert [refusals("sagemaker", *call) for call in calls] == [[]] * len(calls)


@pytest.mark.parametrize("name", ON)
def test_scaling_and_alarms_fit_aws(name):
    """Scaling and alarms fit the descriptions of Application Auto Scaling and CloudWatch."""
    stack = ON[name]
    common = {
        key: value
        for target in stack.made("AWS::ApplicationAutoScaling::ScalableTarget").values()
        for key, value in target.items()
        if key in {"ServiceNamespace", "ScalableDimension", "ResourceId"}
    }
    found = [
        refusals("application-autoscaling", "RegisterScalableTarget", target)
        for target in stack.made("AWS::ApplicationAutoScaling::ScalableTarget").values()
    ]
    for policy in stack.made("AWS::ApplicationAutoScaling::ScalingPolicy").values():
        arguments = common | {k: v for k, v in policy.items() if k != "ScalingTargetId"}
        found.append(refusals("application-autoscaling", "PutScalingPolicy", arguments))
    for key, alarm in stack.made("AWS::CloudWatch::Alarm").items():
        found.append(refusals("cloudwatch", "PutMetricAlarm", alarm | {"AlarmName": key}))

    assert len(found) > 10
    assert [refusal for refusal in found if refusal] == []


@pytest.fixture
def account(monkeypatch):
    """Moto in place of an AWS account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


@pytest.mark.parametrize("name", ON)
def test_endpoint_in_an_account(account, name):  # noqa: ARG001 -- what boto3 calls
    """If resources are created in CloudFormation's order, the endpoint exists with its variants."""
    stack, sagemaker = ON[name], boto3.client("sagemaker")
    endpoint = one(stack, "AWS::SageMaker::Endpoint")
    for key, model in stack.made("AWS::SageMaker::Model").items():
        sagemaker.create_model(ModelName=key, **model)
    config = one(stack, "AWS::SageMaker::EndpointConfig")
    sagemaker.create_endpoint_config(EndpointConfigName="EndpointConfig", **config)
    sagemaker.create_endpoint(**at_creation(endpoint))
    found = sagemaker.describe_endpoint(EndpointName=endpoint["EndpointName"])
    scaling = boto3.client("application-autoscaling")
    for target in stack.made("AWS::ApplicationAutoScaling::ScalableTarget").values():
        scaling.register_scalable_target(**target)
    targets = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]

    assert [v["VariantName"] for v in found["ProductionVariants"]] == variants(stack)
    assert len(targets) in {0, len(variants(stack))}


def test_shapes_find_mistakes():
    """The check above finds a wrong word, a wrong name, and values that are too many or missing."""
    endpoint = {"EndpointName": "a_b", "EndpointConfigName": "c"}
    routing = {"Type": "AT_ONCE", "WaitIntervalInSeconds": 3601}
    policy = {"TrafficRoutingConfiguration": routing}
    endpoint["DeploymentConfig"] = {
        "BlueGreenUpdatePolicy": policy,
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}] * 11},
    }

    found = " ".join(refusals("sagemaker", "UpdateEndpoint", endpoint))

    assert "'a_b' does not match" in found
    assert "'AT_ONCE' is not one of" in found
    assert "3601 is not within 0 and 3600" in found
    assert "11 is not within 1 and 10" in found
    assert refusals("sagemaker", "UpdateEndpoint", {"EndpointName": 1})


@pytest.mark.parametrize("name", ON)
def test_settings_of_the_api(name):
    """The API gets the endpoint's name, and variants that the endpoint has."""
    stack = ON[name]
    settings = Settings.of(stack.environment("ApiFunction"))
    endpoint = one(stack, "AWS::SageMaker::Endpoint")["EndpointName"]

    assert settings.endpoint == f"sagemaker://{endpoint}"
    assert settings.seconds < stack.functions["ApiFunction"]["Timeout"]
    assert settings.split is None or list(settings.split.weights) == variants(stack)
    assert (settings.split is not None) == ("VariantAClients" in ACCEPTED[name])
    assert (settings.routes is not None) == ("ModelRoutes" in ACCEPTED[name])


def test_every_setting_is_set():
    """Some stack sets each setting of the API."""
    said = set(re.findall(r"`((?:STATIONCAST|POWERTOOLS)_\w+)`", Settings.__doc__))
    told = {key for stack in STACKS.values() for key in stack.environment("ApiFunction")}

    # Only the template reads the number of the settings.
    assert told - {"SETTINGS_VERSION"} == said


@pytest.mark.parametrize("name", ON)
def test_api_may_ask_the_endpoints_of_its_stack(name):
    """The API may invoke its stack's endpoints, by the lower-case names that IAM compares."""
    (rule,) = (r for r in ON[name].role("ApiFunction") if r.get("Sid") == "AskEndpoint")
    endpoints = {one(stack, "AWS::SageMaker::Endpoint")["EndpointName"] for stack in ON.values()}

    assert {arn.partition(":endpoint/")[2] for arn in rule["Resource"]} == {
        endpoint.lower() for endpoint in endpoints
    }


def asked(stack):
    """Return the call that the API of a stack makes to its model."""
    kind, _, name = Settings.of(stack.environment("ApiFunction")).endpoint.partition("://")
    if kind == "lambda":
        # CloudFormation names a function after its stack.
        name = f"stationcast-{name.replace(':', '-1A2B3C:')}"
        return Call(
            "lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}", {}
        )
    return Call(
        "sagemaker:InvokeEndpoint", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name}", {}
    )


@pytest.mark.parametrize("after", ["one variant", "serverless", "multi-model"])
@pytest.mark.parametrize("before", ["one variant", "serverless", "multi-model", "lambda"])
def test_a_change_of_kind_takes_no_rights_away(before, after):
    """After a change of kind, the previous version may still ask the previous model."""
    role = STACKS[after].role("ApiFunction")

    assert any(allows(rule, asked(STACKS[before])) for rule in role)


@pytest.mark.parametrize("before", ["one variant", "serverless", "multi-model"])
def test_a_change_to_a_function_takes_no_rights_away(before):
    """The same, if the next kind is a Lambda function."""
    role = STACKS["lambda"].role("ApiFunction")

    assert any(allows(rule, asked(STACKS[before])) for rule in role)


@pytest.mark.parametrize("name", ON)
def test_endpoint_does_not_make_its_log_group(name):
    """The stack makes the group, with its retention; the endpoint only writes to it."""
    policies = ON[name].made("AWS::IAM::Role")["EndpointRole"]["Policies"]
    actions = {
        a for p in policies for s in p["PolicyDocument"]["Statement"] for a in as_list(s["Action"])
    }

    assert "logs:PutLogEvents" in actions
    assert "logs:CreateLogGroup" not in actions


def test_kinds_do_not_share_a_name():
    """A change of kind makes another endpoint, because SageMaker converts none into another."""
    kinds = [ON[name] for name in ("one variant", "serverless", "multi-model")]
    names = {one(stack, "AWS::SageMaker::Endpoint")["EndpointName"] for stack in kinds}

    assert len(names) == 3


def read_by_models(stack):
    """Return the keys of the bucket that the endpoint's containers need."""
    containers = [m["PrimaryContainer"] for m in stack.made("AWS::SageMaker::Model").values()]
    urls = [c["ModelDataUrl"] for c in containers]
    urls += [c["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"] for c in containers]
    found = [url.removeprefix(f"s3://{BUCKET}/") for url in urls if url.startswith("s3:")]
    return [f"{key}pm25.tar.gz" if key.endswith("/") else key for key in found]


@pytest.mark.parametrize("name", ON)
def test_endpoint_reads_its_models(name):
    """The endpoint's role may read what its containers need, and no other model."""
    stack = ON[name]
    (rule,) = (
        rule
        for policy in stack.made("AWS::IAM::Role")["EndpointRole"]["Policies"]
        for rule in policy["PolicyDocument"]["Statement"]
        if rule["Sid"] == "ReadModels"
    )
    bucket = f"arn:aws:s3:::{BUCKET}"
    needed = [Call("s3:GetObject", f"{bucket}/{key}", {}) for key in read_by_models(stack)]
    others = [
        Call("s3:GetObject", f"{bucket}/{key}", {})
        for key in ("models/other/model.tar.gz", "observations/a.csv", "runs/1/plan.json")
    ]

    assert needed
    assert all(allows(rule, call) for call in needed)
    assert not any(allows(rule, call) for call in others)
    # No statement is superfluous: each allows something that is needed.
    assert all(any(fnmatchcase(c.resource, r) for c in needed) for r in rule["Resource"])


@pytest.mark.parametrize("name", ON)
def test_isolation(name):
    """A model has no network, unless SageMaker requires one or its code is elsewhere."""
    kept = {
        "serverless",
        "serverless, not scaled",
        "multi-model",
        "multi-model, linear, on latency",
    }
    models = ON[name].made("AWS::SageMaker::Model").values()

    assert {model["EnableNetworkIsolation"] for model in models} == {name not in kept}


def test_code_of_a_multi_model_endpoint(model_path, tmp_path):
    """The guide's command makes an artifact's code into the code that the container starts with."""
    (line,) = (line for line in GUIDE.splitlines() if line.startswith("tar "))
    container = one(ON["multi-model"], "AWS::SageMaker::Model")["PrimaryContainer"]
    shutil.copy(model_path, tmp_path / "model.tar.gz")
    # The shell runs the command as the guide has it.
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True)  # noqa: S607
    with tarfile.open(tmp_path / "code.tar.gz") as code:
        files = {name.removeprefix("./") for name in code.getnames()}

    assert container["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"].endswith("/depth5/code.tar.gz")
    # At the top, where the container expects the program and its imports.
    assert {container["Environment"]["SAGEMAKER_PROGRAM"], "model/inference.py"} <= files


@pytest.mark.parametrize("name", STACKS)
def test_dashboard_is_json(name):
    """The dashboard is valid with and without real time, and its widgets do not overlap."""
    widgets = json.loads(one(STACKS[name], "AWS::CloudWatch::Dashboard")["DashboardBody"])[
        "widgets"
    ]
    places = [(widget["x"], widget["y"]) for widget in widgets]

    assert len(places) == (12 if name.startswith("off") else 18)
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", ON)
def test_dashboard_finds_the_metrics_of_all_variants(name):
    """Latency, overhead, requests and errors are searched by the endpoint's name."""
    body = one(ON[name], "AWS::CloudWatch::Dashboard")["DashboardBody"]
    searches = re.findall(r"SEARCH\((.+?)\)\"", body)
    endpoint = one(ON[name], "AWS::SageMaker::Endpoint")["EndpointName"]

    assert len(searches) == 2
    assert all(f'EndpointName=\\"{endpoint}\\"' in search for search in searches)
    for metric in ("ModelLatency", "OverheadLatency", "Invocations", "Invocation5XXErrors"):
        assert f'\\"{metric}\\"' in "".join(searches)


def test_guide_names_every_parameter():
    """The operator's guide or the template's rules mention every parameter of real time."""
    groups = Stack().template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    (names,) = (g["Parameters"] for g in groups if g["Label"]["default"] == "Real time")

    assert [name for name in names if f"`{name}" not in GUIDE] == []
