"""SageMaker's instance types, and their uses in us-east-1.

Sizes are EC2's. The uses come from the CloudFormation schemas in cfn-lint 1.58.0 (October 2026).
"""

from dataclasses import dataclass

from local.errors import CostError


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance type.

    Attributes:
        vcpus: The number of vCPUs; a container runs a worker on each.
        memory_gb: Memory of the instance, without that of an accelerator.
        accelerator: The accelerator beside the processor; "" for none.
        hosting: Whether endpoints can use it.
        transform: Whether batch transform can use it.
        history: Why neither can use it any longer; "" if either can.
    """

    vcpus: int
    memory_gb: float
    accelerator: str = ""
    hosting: bool = True
    transform: bool = True
    history: str = ""


_GONE = "no longer offered in any region"

INSTANCES = {
    "ml.t2.medium": Instance(2, 4, transform=False),
    "ml.m5.large": Instance(2, 8),
    "ml.m5.xlarge": Instance(4, 16),
    "ml.m5.2xlarge": Instance(8, 32),
    "ml.m5.4xlarge": Instance(16, 64),
    "ml.c5.large": Instance(2, 4, transform=False),
    "ml.c5.xlarge": Instance(4, 8),
    "ml.c5.2xlarge": Instance(8, 16),
    "ml.c5.4xlarge": Instance(16, 32),
    "ml.c7i.xlarge": Instance(4, 8),
    "ml.g4dn.xlarge": Instance(4, 16, "GPU (T4)"),
    "ml.g5.xlarge": Instance(4, 16, "GPU (A10G)"),
    "ml.inf1.xlarge": Instance(4, 8, "Inferentia", transform=False),
    "ml.inf2.xlarge": Instance(4, 16, "Inferentia2", transform=False),
    "ml.p2.xlarge": Instance(4, 61, "GPU (K80)", hosting=False, transform=False, history=_GONE),
    "ml.p3.2xlarge": Instance(8, 61, "GPU (V100)", hosting=False, transform=False, history=_GONE),
    "ml.eia2.medium": Instance(
        0,
        0,
        "Elastic Inference",
        hosting=False,
        transform=False,
        history="withdrawn by AWS: closed to new customers in April 2023, and ended",
    ),
}


def instance_of(name: str) -> Instance:
    """Return an instance type by its name.

    Raises:
        CostError: The type is unknown; lists the known ones.
    """
    if name not in INSTANCES:
        raise CostError(f"unknown instance type {name!r}; known types: {', '.join(INSTANCES)}")
    return INSTANCES[name]
