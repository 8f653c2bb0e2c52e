"""Policies, their alarms and their cool-downs."""

import math

import pytest

from local.errors import ScalingError
from local.scaling.policy import Point, Policy, Scaler, Scaling
from tests.dynamodb_local import template

TEMPLATE = template()["Parameters"]


def test_cool_downs():
    """An addition does not wait for the cool-down of a removal; a removal waits for both."""
    scaler = Scaler(Policy(max_instances=9, target=10, scale_out_cooldown=60))
    for minute in range(15):
        scaler.wish(minute * 60.0, Point(1.0, 4), 4)

    assert scaler.wish(900, Point(1.0, 4), 4) == 1

    scaler.changed(900, added=False)

    assert scaler.wish(960, Point(1.0, 4), 4) == 4

    for _ in range(2):
        scaler.wish(960, Point(50.0, 4), 4)

    assert scaler.wish(960, Point(20.0, 4), 4) == 8

    scaler.changed(960, added=True)

    assert scaler.wish(1019, Point(50.0, 8), 8) == 8
    assert scaler.wish(1020, Point(9.6, 8), 8) == 8
    assert scaler.wish(1080, Point(50.0, 8), 8) == 8


def test_policies_are_those_of_the_template():
    """Overrides are parameters of the template, within their bounds; defaults are the same."""
    policies = [
        Policy(max_instances=4, target=720),
        Policy(scaling=Scaling.LATENCY, target=150),
        Policy(scaling=Scaling.NONE, min_instances=3, max_instances=3),
    ]
    for policy in policies:
        for name, value in (pair.split("=") for pair in policy.overrides().split()):
            parameter = TEMPLATE[name]

            assert value in parameter.get("AllowedValues", [value])
            assert parameter.get("MinValue", 0) <= (float(value) if value.isdigit() else 1)

    plain = Policy().overrides()
    defaults = ["EndpointMinInstances", "EndpointMaxInstances", "ScalingInvocations"]
    for name in (*defaults, "ScaleOutCooldown", "ScaleInCooldown"):
        assert f"{name}={TEMPLATE[name]['Default']}" in plain.split()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"min_instances": 0}, "EndpointMinInstances 0: 1 to 10"),
        ({"min_instances": 3}, "EndpointMaxInstances 2: EndpointMinInstances to 10"),
        ({"max_instances": 11}, "EndpointMaxInstances 11"),
        ({"target": 0}, "target 0 of invocations"),
        ({"target": math.inf}, "target inf of invocations"),
        ({"scale_out_cooldown": -1}, "scale_out_cooldown -1"),
        ({"scale_in_cooldown": 4000}, "scale_in_cooldown 4000"),
    ],
)
def test_invalid_policies(fields, reason):
    """A policy that the template would refuse is refused."""
    with pytest.raises(ScalingError, match=reason):
        Policy(**fields)


def test_concurrency_cannot_be_deployed():
    """A policy on concurrency has no overrides."""
    policy = Policy(scaling=Scaling.CONCURRENCY)

    with pytest.raises(ScalingError, match="no parameter"):
        policy.overrides()
