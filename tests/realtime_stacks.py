"""Stacks with real time, of every kind that the template supports."""

from tests.stack import Stack

INSTANCES = {"RealtimeBackend": "instances", "VariantAModel": "depth5"}
VARIANTS = INSTANCES | {
    "VariantAName": "depth5",
    "VariantBName": "depth10",
    "VariantBModel": "depth10",
    "VariantAWeight": 95,
    "VariantBWeight": 5,
}
CLIENTS = VARIANTS | {"VariantAClients": "95", "VariantBClients": "5"}
SHADOW = INSTANCES | {"ShadowModel": "depth10"}
SERVERLESS = {"RealtimeBackend": "serverless", "VariantAModel": "depth5"}
LAMBDA = {"RealtimeBackend": "lambda", "VariantAModel": "depth5"}
MULTI_MODEL = {
    "RealtimeBackend": "multi-model",
    "VariantAModel": "depth5",
    "ModelRoutes": "pm25=pm25.tar.gz,pm25/US=pm25.US.tar.gz",
}
CANARY = {"Deployment": "canary", "DeploymentPercent": 10, "EndpointMinInstances": 2}
LINEAR = {"Deployment": "linear", "EndpointMinInstances": 4, "EndpointMaxInstances": 4}

ACCEPTED = {
    "off": {},
    "off, the rest left as it was": CLIENTS | {"RealtimeBackend": "off"},
    "off, with routes": MULTI_MODEL | {"RealtimeBackend": "off"},
    "one variant": INSTANCES,
    "a canary": INSTANCES | CANARY,
    "linear": INSTANCES | LINEAR,
    "two variants": VARIANTS,
    "two variants, one without requests": VARIANTS | {"VariantAWeight": 0},
    "two variants, a canary": VARIANTS | CANARY,
    "two variants, pinned clients": CLIENTS,
    "two variants, on latency": VARIANTS | {"EndpointScaling": "latency"},
    "two variants, not scaled": VARIANTS | {"EndpointScaling": "none", "EndpointMinInstances": 5},
    "a shadow": SHADOW,
    "a shadow, a canary": SHADOW | CANARY,
    "serverless": SERVERLESS,
    "serverless, not scaled": SERVERLESS | {"EndpointScaling": "none"},
    "lambda": LAMBDA,
    "lambda, a canary": LAMBDA | {"Deployment": "canary"},
    "lambda, linear": LAMBDA | {"Deployment": "linear", "EndpointScaling": "none"},
    "multi-model": MULTI_MODEL,
    "multi-model, linear, on latency": MULTI_MODEL | LINEAR | {"EndpointScaling": "latency"},
}
STACKS = {name: Stack(**parameters) for name, parameters in ACCEPTED.items()}
#: The stacks with a SageMaker endpoint.
ON = {name: s for name, s in STACKS.items() if not name.startswith(("off", "lambda"))}
#: The stacks with a Lambda function instead.
FUNCTIONS = {name: stack for name, stack in STACKS.items() if name.startswith("lambda")}


def one(stack, kind):
    """Return the properties of the one resource of a type."""
    (properties,) = stack.made(kind).values()
    return properties


def variants(stack):
    """Return the names of the production variants of the endpoint."""
    config = one(stack, "AWS::SageMaker::EndpointConfig")
    return [variant["VariantName"] for variant in config["ProductionVariants"]]
