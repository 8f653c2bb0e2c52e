"""What AWS lets an account do at once, against what nights, real time and trainings need.

The names of quotas are those that AWS's own errors and lists have. Only a quota's value is read
here: how much of it something else in the account uses up, AWS does not say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.errors import QuotaError

#: Functions that run at the same time: five parts of a night, and readers. At the template's limit
#: of 500 requests per second, answers of 20 ms are ten at once; after a pause, starts are more.
FUNCTIONS = 50

#: Of the template's Spark application, which prepares training sets; a test holds the two together.
SPARK_VCPUS = 16

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard"})


class ServiceQuotas(Protocol):
    """The part of boto3's Service Quotas client that is used here."""

    def get_paginator(self, operation_name: str, /) -> Any:
        """Return a paginator of an operation."""
        ...


@dataclass(frozen=True, slots=True)
class Need:
    """What the stack needs of one quota.

    Attributes:
        service: AWS's code of the service, such as `sagemaker`.
        name: AWS's name of the quota.
        least: The value that is enough.
    """

    service: str
    name: str
    least: int


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota as AWS has it.

    Attributes:
        code: What AWS's commands name it by, such as `L-B99A9384`.
        value: The account's value; AWS's default if the account has none of its own.
    """

    code: str
    value: float


@dataclass(frozen=True, slots=True)
class Found:
    """A need, and the quota that it was compared with.

    Attributes:
        need: What the stack needs.
        quota: What the account has; None if AWS lists no quota of that name in this region.
    """

    need: Need
    quota: Quota | None

    @property
    def is_enough(self) -> bool:
        """Whether the account's quota is large enough."""
        return self.quota is not None and self.quota.value >= self.need.least


def needs(
    transform: tuple[str, int], endpoint: tuple[str, int] | None, training: str | None = None
) -> list[Need]:
    """Return what nights need, and an endpoint on instances and trainings if there are any.

    Args:
        transform: Instance type and number of instances of the nightly transform.
        endpoint: Instance type and most instances of the endpoint, those of all variants and of
            the shadow together; None without an endpoint on instances.
        training: Instance type that trains a candidate, one at a time; None without trainings.
    """
    kind, count = transform
    found = [
        Need("lambda", "Concurrent executions", FUNCTIONS),
        Need("sagemaker", f"{kind} for transform job usage", count),
    ]
    if endpoint:
        kind, count = endpoint
        # While a deployment runs, old and new instances are beside each other.
        found.append(Need("sagemaker", f"{kind} for endpoint usage", 2 * count))
    if training:
        found += [
            Need("sagemaker", f"{training} for spot training job usage", 1),
            Need("emr-serverless", "Max concurrent vCPUs per account", SPARK_VCPUS),
        ]
    return found


def service_quotas(region: str | None) -> ServiceQuotas:
    """Return a client, made from boto3's own environment.

    Args:
        region: The region of the stack; None for that of the environment.

    Raises:
        QuotaError: There is no region, or the endpoint URL is malformed.
    """
    try:
        return boto3.client("service-quotas", region_name=region, config=_CONFIG)  # type: ignore[no-any-return]  # has no stubs here
    except (BotoCoreError, ValueError) as error:  # ValueError: a malformed endpoint URL
        raise QuotaError(f"Service Quotas: {error}") from error


def compare(client: ServiceQuotas, wanted: Sequence[Need]) -> Iterator[Found]:
    """Compare needs with the quotas of the account; yield them in the same order.

    Raises:
        QuotaError: AWS cannot be asked, or refuses to answer.
    """
    services = {need.service for need in wanted}
    listed = {service: _quotas(client, service) for service in services}
    for need in wanted:
        yield Found(need, listed[need.service].get(need.name))


def _quotas(client: ServiceQuotas, service: str) -> Mapping[str, Quota]:
    """Return all quotas of a service by name: AWS's defaults, and above them the account's own."""
    # The second list leaves out quotas of which the account has no value of its own.
    operations = ("list_aws_default_service_quotas", "list_service_quotas")
    try:
        return {
            quota["QuotaName"]: Quota(quota["QuotaCode"], quota["Value"])
            for operation in operations
            for page in client.get_paginator(operation).paginate(ServiceCode=service)
            for quota in page["Quotas"]
        }
    except (BotoCoreError, ClientError) as error:
        raise QuotaError(f"Service Quotas, {service}: {error}") from error
