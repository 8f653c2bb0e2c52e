"""Real time in a Lambda function: its resources and its rights in the template."""

import json
import re

import pytest

from api.settings import Settings
from tests.dynamodb_local import ROOT
from tests.realtime_stacks import FUNCTIONS, ON, STACKS, one
from tests.recorder import Call
from tests.shapes import refusals
from tests.stack import ACCOUNT, BUCKET, REGION, allows

GUIDE = (ROOT / "docs" / "operations.md").read_text()

MADE = {
    "ModelFunction",
    "ModelFunctionRole",
    "ModelFunctionLogs",
    "ModelErrorsAlarm",
    "ModelVersionAlarm",
    "DegradedAnswersAlarm",
    "CircuitOpenedAlarm",
}


def role_of_model():
    """Return the statements of the role of the model's function."""
    return FUNCTIONS["lambda"].role("ModelFunction")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_resources(name):
    """The stack has a function, but no endpoint, no instances and no scaling."""
    assert set(STACKS[name].made()) - set(STACKS["off"].made()) == MADE


@pytest.mark.parametrize("name", [name for name in STACKS if name not in FUNCTIONS])
def test_no_resources_without_it(name):
    """With another kind of real time, or without it, the stack has no function."""
    made = set(STACKS[name].made())

    assert not made & {name for name in MADE if name.startswith("Model")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_settings_of_the_api(name):
    """The API gets the function and its alias, and neither variants nor models."""
    stack = FUNCTIONS[name]
    settings = Settings.of(stack.environment("ApiFunction"))

    assert settings.endpoint == "lambda://ModelFunction:live"
    assert settings.split is settings.routes is None
    assert settings.seconds < stack.functions["ModelFunction"]["Timeout"]


def test_the_api_may_ask_this_function_alone():
    """The API may invoke the alias of its stack's function, and no other function."""
    role = FUNCTIONS["lambda"].role("ApiFunction")
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ModelFunction"
    calls = [Call("lambda:InvokeFunction", arn, {}) for arn in (f"{function}:live", function)]

    assert [any(allows(rule, call) for rule in role) for call in calls] == [True, False]
    assert "SwitchCircuit" in {rule["Sid"] for rule in role}


def test_the_function_reads_its_model():
    """The function may only read artifacts from the bucket and write its own log."""
    artifact = FUNCTIONS["lambda"].environment("ModelFunction")["STATIONCAST_ARTIFACT"]
    key = artifact.removeprefix(f"s3://{BUCKET}/")
    keys = (key, "observations/a.csv", "runs/1/plan.json", "models/v1/code.tar.gz")
    calls = [Call("s3:GetObject", f"arn:aws:s3:::{BUCKET}/{key}", {}) for key in keys]

    assert key == "models/depth5/model.tar.gz"
    assert [any(allows(r, call) for r in role_of_model()) for call in calls] == [True] + [False] * 3
    assert [rule["Sid"] for rule in role_of_model()] == ["ReadModels", "Logs"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lambda", "AllAtOnce"),
        ("lambda, a canary", "Canary10Percent5Minutes"),
        ("lambda, linear", "Linear10PercentEvery1Minute"),
    ],
)
def test_deployment(name, kind):
    """CodeDeploy shifts traffic to a new model, and rolls back on its version's errors."""
    stack = FUNCTIONS[name]
    preference = stack.resolve(stack.functions["ModelFunction"]["DeploymentPreference"])
    alarm = stack.made("AWS::CloudWatch::Alarm")["ModelVersionAlarm"]
    dimensions = {d["Name"]: d["Value"] for d in alarm["Dimensions"]}

    assert preference["Type"] == kind
    assert preference["Alarms"] == ["ModelVersionAlarm"]
    assert dimensions["ExecutedVersion"] == "ModelFunction.Version.Version"
    # Otherwise every other stack would name an alarm that does not exist.
    assert preference["PassthroughCondition"] is True


def test_code_deploy_may_move_the_alias():
    """The deployment role may reach the function if there is one."""
    reached = {
        name: str(stack.made("AWS::IAM::Role")["DeploymentRole"])
        for name, stack in (("off", STACKS["off"]), ("lambda", FUNCTIONS["lambda"]))
    }

    assert "function:ModelFunction:*" in reached["lambda"]
    assert "ModelFunction" not in reached["off"]


def test_alarms_fit_cloudwatch():
    """The alarms fit CloudWatch's own description of its calls."""
    alarms = FUNCTIONS["lambda"].made("AWS::CloudWatch::Alarm")
    found = [
        refusals("cloudwatch", "PutMetricAlarm", alarms[name] | {"AlarmName": name})
        for name in ("ModelErrorsAlarm", "ModelVersionAlarm")
    ]

    assert found == [[], []]


def test_dashboard_shows_the_function():
    """The dashboard has the function's metrics in place of the endpoint's."""
    bodies = {
        name: one(stack, "AWS::CloudWatch::Dashboard")["DashboardBody"]
        for name, stack in (("lambda", FUNCTIONS["lambda"]), ("endpoint", ON["serverless"]))
    }
    widgets = {name: json.loads(body)["widgets"] for name, body in bodies.items()}
    places = {name: [(w["x"], w["y"]) for w in found] for name, found in widgets.items()}
    shown = set(
        re.findall(r'"AWS/Lambda", "(\w+)", "FunctionName", "ModelFunction"', bodies["lambda"])
    )

    assert shown == {"Duration", "Invocations", "Errors", "Throttles"}
    assert "AWS/SageMaker" not in bodies["lambda"]
    assert sorted(places["lambda"]) == sorted(places["endpoint"])
