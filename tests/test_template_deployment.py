"""How the real-time endpoint changes model and number of instances, and how it goes back."""

import json
import re

import pytest

from tests.realtime_stacks import INSTANCES, ON, one, variants
from tests.stack import Stack


@pytest.mark.parametrize("name", ON)
def test_rollback(name):
    """Alarms on the endpoint's own metrics watch a deployment, and roll it back."""
    stack = ON[name]
    config = one(stack, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    watched = [alarm["AlarmName"] for alarm in config["AutoRollbackConfiguration"]["Alarms"]]
    alarms = stack.made("AWS::CloudWatch::Alarm")
    metrics = [
        entry["MetricStat"]["Metric"]
        for alarm in watched
        for entry in alarms[alarm]["Metrics"]
        if "MetricStat" in entry
    ]
    seen = {tuple(d["Value"] for d in metric["Dimensions"]) for metric in metrics}
    endpoint = one(stack, "AWS::SageMaker::Endpoint")["EndpointName"]

    assert {metric["Namespace"] for metric in metrics} == {"AWS/SageMaker"}
    assert seen == {(endpoint, variant) for variant in variants(stack)}


@pytest.mark.parametrize(
    ("name", "kind", "size"),
    [
        ("one variant", "ALL_AT_ONCE", None),
        ("a canary", "CANARY", {"Type": "CAPACITY_PERCENT", "Value": 10}),
        ("linear", "LINEAR", {"Type": "CAPACITY_PERCENT", "Value": 50}),
    ],
)
def test_deployment(name, kind, size):
    """A canary has a size, a linear deployment a step, and the old instances stand by."""
    config = one(ON[name], "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    policy = config["BlueGreenUpdatePolicy"]
    routing = policy["TrafficRoutingConfiguration"]
    sizes = {"CANARY": routing.get("CanarySize"), "LINEAR": routing.get("LinearStepSize")}

    assert routing["Type"] == kind
    assert [given for given in sizes.values() if given] == ([size] if size else [])
    assert sizes.get(kind) == size
    assert policy["TerminationWaitInSeconds"] == routing["WaitIntervalInSeconds"] == 300


def test_longest_deployment_has_the_time():
    """Ten steps of the longest wait, and one for the old instances, end before the timeout."""
    limits = Stack().template["Parameters"]
    steps = 100 / limits["DeploymentPercent"]["MinValue"]
    policy = one(ON["linear"], "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    most = policy["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"]

    assert (steps + 1) * limits["DeploymentWait"]["MaxValue"] < most


@pytest.mark.parametrize("name", ["two variants", "two variants, on latency"])
def test_every_variant_scales(name):
    """Each variant scales separately, between the same limits, with both cool-downs."""
    stack = ON[name]
    targets = stack.made("AWS::ApplicationAutoScaling::ScalableTarget").values()
    policies = stack.made("AWS::ApplicationAutoScaling::ScalingPolicy").values()
    text = json.dumps(list(policies))

    assert [target["ResourceId"] for target in targets] == [
        f"endpoint/stationcast-instances/variant/{variant}" for variant in variants(stack)
    ]
    assert {(t["MinCapacity"], t["MaxCapacity"]) for t in targets} == {(1, 2)}
    assert set(re.findall(r"Cooldown\": (\d+)", text)) == {"60", "300"}


@pytest.mark.parametrize(
    ("name", "excluded"),
    [
        ("two variants", None),
        ("two variants, not scaled", [{"VariantPropertyType": "DesiredInstanceCount"}]),
        ("serverless", None),
    ],
)
def test_update_keeps_weights_and_instances(name, excluded):
    """An update keeps weights set by hand, and the instances if a metric scales them."""
    endpoint = one(ON[name], "AWS::SageMaker::Endpoint")

    assert endpoint.get("RetainAllVariantProperties") == (None if name == "serverless" else True)
    assert endpoint.get("ExcludeRetainedVariantProperties") == excluded


def test_a_second_variant_begins_without_requests():
    """By default a new variant gets no requests."""
    stack = Stack(**INSTANCES, VariantBModel="depth10")
    config = one(stack, "AWS::SageMaker::EndpointConfig")
    weights = [variant["InitialVariantWeight"] for variant in config["ProductionVariants"]]

    assert stack.refused() == []
    assert weights == [100, 0]


@pytest.mark.parametrize(
    ("alarm", "parameters", "microseconds", "percent"),
    [
        ("EndpointLatencyAlarm", {"EndpointSeconds": 2}, 1_000_000, 50),
        ("EndpointLatencyAlarm", {"EndpointSeconds": 0.5}, 1_000_000, 200),
        ("ScaleOutAlarmA", {"ScalingLatency": 200}, 200_000, 100),
        ("ScaleInAlarmA", {"ScalingLatency": 50}, 25_000, 50),
    ],
)
def test_latency_is_in_microseconds(alarm, parameters, microseconds, percent):
    """Alarms compare ModelLatency, in microseconds, with limits in seconds or milliseconds."""
    stack = Stack(**INSTANCES, **parameters, EndpointScaling="latency")
    expression = stack.made("AWS::CloudWatch::Alarm")[alarm]["Metrics"][0]["Expression"]
    values = {"latency": microseconds, "latency_a": microseconds}

    assert eval(expression, values) == percent  # noqa: S307 -- arithmetic of the template
