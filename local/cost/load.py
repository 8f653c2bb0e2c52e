"""Requests to a model over a day, and the capacity that they need."""

import math
from dataclasses import dataclass

from local.cost.instances import instance_of
from local.cost.workload import Workload, per_second

#: Share of an instance's memory that models can take; the rest is the container's.
_MODEL_SHARE = 0.8
_MB_PER_GB = 1024
_MS = 1000
_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Load:
    """The requests to a model.

    Attributes:
        workload: The workload that they are part of.
        hourly: Requests in each hour of the day.
    """

    workload: Workload
    hourly: tuple[float, ...]

    @property
    def requests(self) -> float:
        """Requests a month."""
        return sum(self.hourly) * self.workload.days

    @property
    def seconds(self) -> float:
        """Seconds that a worker needs for a request."""
        return self.workload.context_ms / _MS

    @property
    def peak(self) -> float:
        """Requests a second in the busiest minute."""
        return per_second(max(self.hourly)) * self.workload.burst

    @property
    def data_gb(self) -> float:
        """GB sent to the model and back in a month."""
        return self.requests * (self.workload.request_bytes + self.workload.response_bytes) / 1e9

    def needed(self, hourly: float) -> int:
        """Return how many instances an hour with *hourly* requests needs in its busiest minute."""
        workload = self.workload
        workers = instance_of(workload.endpoint_instance).vcpus * workload.utilisation
        busy = per_second(hourly) * workload.burst * self.seconds
        return max(workload.min_instances, math.ceil(busy / workers - 1e-9))

    @property
    def always(self) -> int:
        """The number of instances that is enough all day."""
        return self.needed(max(self.hourly))

    @property
    def scaled_hours(self) -> float:
        """Instance hours of a day if each hour has as many instances as it needs."""
        return sum(self.needed(hourly) for hourly in self.hourly)

    @property
    def awake_hours(self) -> float:
        """Instance hours of a day if the instances stop after some minutes without a request.

        Requests come independently of each other, so the share of the time in which one came within
        the last w minutes is 1 - exp(-rate x w).
        """
        window = self.workload.async_idle_minutes / _MINUTES
        return sum(self.needed(one) * -math.expm1(-one * window) for one in self.hourly)

    @property
    def resident(self) -> int:
        """The number of instances whose memory together holds all models."""
        workload = self.workload
        room = instance_of(workload.endpoint_instance).memory_gb * _MODEL_SHARE * _MB_PER_GB
        return math.ceil(workload.model_count * workload.model_mb / room)
