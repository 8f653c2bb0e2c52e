"""The template's rules: parameters that they refuse before any change, and those they accept."""

import pytest

from tests.realtime_stacks import (
    ACCEPTED,
    CANARY,
    CLIENTS,
    INSTANCES,
    LAMBDA,
    LINEAR,
    MULTI_MODEL,
    SERVERLESS,
    STACKS,
    VARIANTS,
)
from tests.stack import Stack

#: A stack that makes its model itself.
TRAINING = Stack(Training="on")

#: Refused parameters, the rule that refuses them, and words of its message.
REFUSED = [
    (INSTANCES | {"VariantAModel": ""}, "RealtimeNeedsModel", "VariantAModel"),
    (INSTANCES | {"VariantAWeight": 0}, "RealtimeNeedsRequests", "No variant gets requests"),
    (VARIANTS | {"VariantAWeight": 0, "VariantBWeight": 0}, "RealtimeNeedsRequests", "raise"),
    (SERVERLESS | {"VariantBModel": "b"}, "ServerlessHasOneVariant", "one variant"),
    (SERVERLESS | {"ShadowModel": "b"}, "ServerlessHasOneVariant", "no shadow"),
    (SERVERLESS | {"EndpointScaling": "latency"}, "ServerlessHasNoInstances", "by itself"),
    (SERVERLESS | CANARY, "ServerlessHasNoInstances", "shifts instances"),
    (SERVERLESS | LINEAR, "ServerlessHasNoInstances", "shifts instances"),
    (SERVERLESS | {"ModelRoutes": "o3=o3.tar.gz"}, "RoutesNeedMultiModel", "multi-model"),
    (INSTANCES | {"ModelRoutes": "o3=o3.tar.gz"}, "RoutesNeedMultiModel", "multi-model"),
    (LAMBDA | {"VariantAModel": ""}, "RealtimeNeedsModel", "VariantAModel"),
    (LAMBDA | {"VariantBModel": "b"}, "LambdaHasOneVariant", "to have two beside each other"),
    (LAMBDA | {"ShadowModel": "b"}, "LambdaHasOneVariant", "no shadow"),
    (LAMBDA | {"EndpointScaling": "invocations"}, "LambdaHasNoInstances", "by itself"),
    (LAMBDA | {"ModelRoutes": "o3=o3.tar.gz"}, "RoutesNeedMultiModel", "multi-model"),
    (MULTI_MODEL | {"ModelRoutes": ""}, "MultiModelNeedsRoutes", "ModelRoutes"),
    (MULTI_MODEL | {"VariantBModel": "b"}, "MultiModelHasOneVariant", "compare two"),
    (MULTI_MODEL | {"ShadowModel": "b"}, "MultiModelHasOneVariant", "no shadow"),
    (VARIANTS | {"ShadowModel": "c"}, "ShadowHasOneVariant", "one production variant"),
    (VARIANTS | {"VariantBName": "depth5"}, "VariantsDiffer", "told apart by name"),
    (CLIENTS | {"VariantBModel": ""}, "ClientsNeedTwoVariants", "second one's model"),
    (CLIENTS | {"VariantAClients": ""}, "ClientsNeedTwoVariants", "both or none"),
    (CLIENTS | {"VariantBClients": ""}, "ClientsNeedTwoVariants", "both or none"),
    (
        CLIENTS | {"VariantAClients": "0", "VariantBClients": "0"},
        "ClientsNeedTwoVariants",
        "go to no variant",
    ),
    (INSTANCES | {"Deployment": "canary"}, "StepsNeedTwoInstances", "needs two"),
    (MULTI_MODEL | {"Deployment": "linear"}, "StepsNeedTwoInstances", "needs two"),
    (INSTANCES | {"EndpointMinInstances": 3}, "InstancesInOrder", "less than"),
    (
        VARIANTS | {"EndpointMinInstances": 10, "EndpointMaxInstances": 9},
        "InstancesInOrder",
        "less than",
    ),
    ({"Training": "on", "ForecastModel": "v1"}, "TrainingMakesTheModel", "empty ForecastModel"),
]


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name):
    """No rule refuses parameters that SageMaker accepts."""
    assert STACKS[name].refused() == []


def test_a_stack_that_trains_is_accepted():
    """It has no model of the operator's; real time is as without it."""
    assert TRAINING.refused() == []
    assert Stack(**VARIANTS, Training="on").refused() == []


@pytest.mark.parametrize(("parameters", "rule", "words"), REFUSED)
def test_refused(parameters, rule, words):
    """Parameters that SageMaker refuses are refused first, by one rule that says what to do."""
    ((refused_by, description),) = Stack(**parameters).refused()

    assert refused_by == rule
    assert words in description


def test_rules_are_all_tried():
    """Each rule refuses some parameters here, and accepts others."""
    rules = set(STACKS["off"].template["Rules"])
    stacks = [*STACKS.values(), TRAINING]
    passed = {rule for rule in rules if any(stack.applies(rule) for stack in stacks)}

    assert {rule for _, rule, _ in REFUSED} == rules == passed


@pytest.mark.parametrize("most", range(1, 11))
def test_instances_in_order(most):
    """The minimum number of instances may be at most the maximum."""
    parameters = VARIANTS | {"EndpointMaxInstances": most}
    stacks = {least: Stack(**parameters, EndpointMinInstances=least) for least in range(1, 11)}

    assert [least for least, stack in stacks.items() if not stack.refused()] == list(
        range(1, most + 1)
    )
