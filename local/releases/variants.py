"""Shows the production variants of an endpoint, and moves requests between them.

The stand-in works like SageMaker: set `AWS_ENDPOINT_URL_SAGEMAKER` to its address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forecasts.releases import changed, current_release, put_release, rolled_back
from local.aws import sagemaker, translated
from local.errors import EndpointError
from local.releases.weights import check_known, shares_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import ProductionVariantSummaryTypeDef

    from forecasts.release import Release
    from forecasts.stores.protocol import Store

IN_SERVICE = "InService"
#: Statuses that waiting does not change.
_STUCK = frozenset({"Failed", "OutOfService", "Deleting", "UpdateRollbackFailed"})

#: How often to look whether an update is done. SageMaker takes seconds to minutes.
POLLS = 900


@dataclass(frozen=True, slots=True)
class Variant:
    """A production variant.

    Attributes:
        name: Its name.
        weight: Its current weight.
        instances: The current number of instances; None if it is serverless.
        model: The name of its SageMaker model.
    """

    name: str
    weight: float
    instances: int | None
    model: str


@dataclass(frozen=True, slots=True)
class Deployed:
    """The state of an endpoint.

    Attributes:
        endpoint_name: Its name.
        status: SageMaker's status, e.g. `InService`, `Updating`.
        reason: Why it failed; "" if it did not.
        variants: The production variants.
        shadows: Variants that get a copy of each request, and whose answers are discarded.
    """

    endpoint_name: str
    status: str
    reason: str
    variants: tuple[Variant, ...]
    shadows: tuple[Variant, ...]

    @property
    def weights(self) -> dict[str, float]:
        """Current weights by name of the variant."""
        return {variant.name: variant.weight for variant in self.variants}

    @property
    def shares(self) -> dict[str, float]:
        """Percentages of the requests by name of the variant."""
        return shares_of(self.weights)


class SageMaker:
    """The control plane of SageMaker, as far as endpoints are concerned.

    Args:
        client: A boto3 client; None for one made from boto3's own environment.

    Raises:
        EndpointError: There is no region, or the endpoint URL is malformed.
    """

    def __init__(self, client: SageMakerClient | None = None) -> None:
        self._client = client or sagemaker()

    def describe(self, endpoint_name: str) -> Deployed:
        """Return the state of an endpoint.

        Raises:
            EndpointError: It does not exist, or SageMaker could not be reached.
        """
        with translated(f"endpoint {endpoint_name}", EndpointError):
            found = self._client.describe_endpoint(EndpointName=endpoint_name)
            config = self._client.describe_endpoint_config(
                EndpointConfigName=found["EndpointConfigName"]
            )
        configured = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())]
        models = {variant["VariantName"]: variant.get("ModelName", "") for variant in configured}
        return Deployed(
            endpoint_name=endpoint_name,
            status=found["EndpointStatus"],
            reason=found.get("FailureReason", ""),
            variants=_variants(found.get("ProductionVariants", ()), models),
            shadows=_variants(found.get("ShadowProductionVariants", ()), models),
        )

    def set_weights(self, endpoint_name: str, weights: Mapping[str, float]) -> None:
        """Begin to change weights; the number of instances stays the same.

        Raises:
            EndpointError: SageMaker refuses, or could not be reached.
        """
        with translated(f"endpoint {endpoint_name}", EndpointError):
            self._client.update_endpoint_weights_and_capacities(
                EndpointName=endpoint_name,
                DesiredWeightsAndCapacities=[
                    {"VariantName": name, "DesiredWeight": weight}
                    for name, weight in weights.items()
                ],
            )

    def wait(self, endpoint_name: str, pause: Callable[[str], None]) -> Deployed:
        """Wait for an endpoint to be in service.

        Args:
            endpoint_name: Its name.
            pause: Waits some seconds; called with the status before each new look.

        Raises:
            EndpointError: It failed, or takes too long.
        """
        for _ in range(POLLS):
            found = self.describe(endpoint_name)
            if found.status == IN_SERVICE:
                return found
            if found.status in _STUCK:
                raise EndpointError(f"endpoint {endpoint_name} is {found.status}: {found.reason}")
            pause(found.status)
        raise EndpointError(f"endpoint {endpoint_name} is not in service yet; check again later")


@dataclass(frozen=True, slots=True)
class Releases:
    """Changes of an endpoint's weights, each of which can be rolled back.

    Attributes:
        sagemaker: The control plane of the endpoint.
        store: Keeps earlier weights.
        endpoint_name: The name of the endpoint.
    """

    sagemaker: SageMaker
    store: Store
    endpoint_name: str

    def set(
        self, change: Callable[[Mapping[str, float]], Mapping[str, float]], now: datetime
    ) -> Release:
        """Begin to set the weights that *change* computes from the current ones.

        Raises:
            EndpointError: The endpoint does not exist, is being updated, or refuses.
            WeightsError: *change* raises it.
            ConflictError: Another process changes them at the same time.
        """
        before = self._in_service().weights
        release = changed(self._known(), change(before), before, now)
        return self._begin(release)

    def roll_back(self, now: datetime) -> Release:
        """Begin to set the weights from before the last change.

        Raises:
            EndpointError: The endpoint does not exist, is being updated, or refuses.
            WeightsError: One of these variants no longer exists.
            NoEarlierReleaseError: No change is known, or all have been rolled back.
            ConflictError: Another process changes them at the same time.
        """
        there = self._in_service().weights
        release = rolled_back(self._known(), now)
        check_known(there, release.weights)
        # A variant that was added later had no requests then.
        weights = {name: release.weights.get(name, 0.0) for name in there}
        return self._begin(replace(release, weights=weights))

    def _in_service(self) -> Deployed:
        found = self.sagemaker.describe(self.endpoint_name)
        if found.status != IN_SERVICE:
            words = f"endpoint {self.endpoint_name} is {found.status}, not {IN_SERVICE}"
            raise EndpointError(f"{words}; wait until it is, then try again")
        return found

    def _known(self) -> Release:
        return current_release(self.store, self.endpoint_name)

    def _begin(self, release: Release) -> Release:
        put_release(self.store, release)
        self.sagemaker.set_weights(self.endpoint_name, release.weights)
        return release


def _variants(
    found: Iterable[ProductionVariantSummaryTypeDef], models: Mapping[str, str]
) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            name=variant["VariantName"],
            weight=variant.get("CurrentWeight", 0.0),
            instances=variant.get("CurrentInstanceCount"),
            model=models.get(variant["VariantName"], ""),
        )
        for variant in found
    )
