"""Scaling policies, and the alarms that carry them out.

A policy is described by the parameters of template.yaml (group "Real time"), under the same names.
Application Auto Scaling and CloudWatch determine the rest:

- **Target tracking** adds instances after 3 of 3 minutes over the target, and removes them after 15
  of 15 minutes under 90 % of it, as seen on a SageMaker endpoint in
  https://repost.aws/questions/QUf450Wsd9RROGGOIwaolN9w. It requests the number of instances that
  brings the metric back to the target.
- **Steps on latency** are those of template.yaml: 50 % more instances after 2 of 3 minutes with a
  p90 over the threshold, one less after 15 of 15 minutes under half of it.
- **Cool-downs** begin when an instance is in service. Nothing changes while an instance starts,
  because an endpoint accepts no second update meanwhile. An addition does not wait for the
  cool-down of a removal.
- A metric is known some time after its minute, and an instance takes minutes to start. Neither is
  documented: 1 and 5 minutes are assumed (3 to 5 are reported), and both are options.
"""

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from local.errors import ScalingError

#: The bounds that template.yaml has for its parameters.
MOST_INSTANCES, MOST_COOLDOWN = 10, 3600

_LATENCY_OUT = (2, 3)
_TRACKING_OUT = (3, 3)
_IN = (15, 15)
#: Share of the target under which instances are removed.
_TRACKING_SHARE, _LATENCY_SHARE = 0.9, 0.5
#: Share of the instances that a step on latency adds, at least one.
_STEP = 0.5
_PERIOD, _FINE_PERIOD = 60, 10


class Scaling(StrEnum):
    """The metric that adds and removes instances: the template's `EndpointScaling`.

    CONCURRENCY is SageMaker's number of requests in flight per instance, every ten seconds. The
    template has no parameter for it; it can be simulated for comparison.
    """

    INVOCATIONS = "invocations"
    LATENCY = "latency"
    CONCURRENCY = "concurrency"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A scaling policy.

    Attributes:
        scaling: The metric that adds and removes instances.
        min_instances: The smallest number of instances.
        max_instances: The largest number of instances; ignored without scaling.
        target: Target of the metric: invocations a minute per instance, milliseconds of the p90, or
            requests in flight per instance. Ignored without scaling.
        scale_out_cooldown: Seconds after an addition before the next one.
        scale_in_cooldown: Seconds after any change before a removal.

    Raises:
        ScalingError: The template would refuse it.
    """

    scaling: Scaling = Scaling.INVOCATIONS
    min_instances: int = 1
    max_instances: int = 2
    target: float = 1000.0
    scale_out_cooldown: float = 60.0
    scale_in_cooldown: float = 300.0

    def __post_init__(self) -> None:
        """Refuse what the template would refuse."""
        if not 1 <= self.min_instances <= MOST_INSTANCES:
            raise ScalingError(f"EndpointMinInstances {self.min_instances}: 1 to {MOST_INSTANCES}")
        if not self.min_instances <= self.max_instances <= MOST_INSTANCES:
            span = f"EndpointMinInstances to {MOST_INSTANCES}"
            raise ScalingError(f"EndpointMaxInstances {self.max_instances}: {span}")
        if not 0 < self.target < math.inf:
            raise ScalingError(
                f"the target {self.target:g} of {self.scaling} is not a number above 0"
            )
        for name in ("scale_out_cooldown", "scale_in_cooldown"):
            if not 0 <= getattr(self, name) <= MOST_COOLDOWN:
                raise ScalingError(f"{name} {getattr(self, name):g}: 0 to {MOST_COOLDOWN} seconds")

    @property
    def period(self) -> int:
        """Seconds between two points of the metric."""
        return _FINE_PERIOD if self.scaling is Scaling.CONCURRENCY else _PERIOD

    def overrides(self) -> str:
        """Write it as the argument of `sam deploy --parameter-overrides`.

        Raises:
            ScalingError: The template has no parameters for it.
        """
        if self.scaling is Scaling.CONCURRENCY:
            raise ScalingError("template.yaml has no parameter for scaling on concurrency")
        named: dict[str, object] = {"EndpointScaling": self.scaling}
        named["EndpointMinInstances"] = self.min_instances
        if self.scaling is not Scaling.NONE:
            named["EndpointMaxInstances"] = self.max_instances
            name = {Scaling.INVOCATIONS: "ScalingInvocations", Scaling.LATENCY: "ScalingLatency"}
            named[name[self.scaling]] = f"{self.target:g}"
            named["ScaleOutCooldown"] = f"{self.scale_out_cooldown:g}"
            named["ScaleInCooldown"] = f"{self.scale_in_cooldown:g}"
        return " ".join(f"{name}={value}" for name, value in named.items())


class Point(NamedTuple):
    """A point of a metric.

    Attributes:
        value: In the unit of the policy's target; None if there were no requests or no answers.
        instances: The number of instances at that time.
    """

    value: float | None
    instances: int


class Alarm:
    """An alarm that is on if *need* of the last *of* points breach a threshold."""

    def __init__(self, need: int, of: int) -> None:
        self._need = need
        self._last: deque[bool] = deque(maxlen=of)

    def push(self, breaching: bool) -> bool:  # noqa: FBT001 -- the only argument
        """Take the next point; return whether the alarm is on."""
        self._last.append(breaching)
        return sum(self._last) >= self._need


class Scaler:
    """Carries out a policy.

    Args:
        policy: The policy.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        latency = policy.scaling is Scaling.LATENCY
        out = _LATENCY_OUT if latency else _TRACKING_OUT
        self._share = _LATENCY_SHARE if latency else _TRACKING_SHARE
        # 15 minutes have more points if there is one every ten seconds.
        more = _PERIOD // policy.period
        self._out, self._in = Alarm(*out), Alarm(*(count * more for count in _IN))
        self._out_until = self._in_until = 0.0

    def wish(self, time: float, point: Point, instances: int) -> int:
        """Take the next point; return how many instances there should be.

        Args:
            time: Seconds since the day began.
            point: A point of the metric.
            instances: The number of instances in service.
        """
        policy = self._policy
        value = point.value or 0.0
        high = self._out.push(value > policy.target)
        low = self._in.push(value < policy.target * self._share)
        if high and time >= self._out_until:
            return min(policy.max_instances, max(instances, self._more(point, instances)))
        if low and time >= max(self._in_until, self._out_until):
            return max(policy.min_instances, min(instances, self._fewer(point, instances)))
        return instances

    def changed(self, time: float, *, added: bool) -> None:
        """Begin a cool-down, after instances were added or removed."""
        if added:
            self._out_until = time + self._policy.scale_out_cooldown
            self._in_until = time + self._policy.scale_in_cooldown
        else:
            self._in_until = time + self._policy.scale_in_cooldown

    def _more(self, point: Point, instances: int) -> int:
        if self._policy.scaling is Scaling.LATENCY:
            return instances + max(1, int(instances * _STEP))
        return self._enough(point)

    def _fewer(self, point: Point, instances: int) -> int:
        if self._policy.scaling is Scaling.LATENCY:
            return instances - 1
        return self._enough(point)

    def _enough(self, point: Point) -> int:
        """Return how many instances bring the metric back to its target."""
        return math.ceil((point.value or 0.0) * point.instances / self._policy.target)
