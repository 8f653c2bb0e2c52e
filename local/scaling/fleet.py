"""Instances with workers and a queue in front of each, simulated request by request.

As behind a SageMaker endpoint, a request is assigned to an instance on arrival and stays there: new
instances take new requests only. An instance serves its queue in order, one request per worker.
"""

from __future__ import annotations

import math
from enum import StrEnum
from heapq import heapify, heappop, heappush, heapreplace
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Routing(StrEnum):
    """How the endpoint chooses an instance: `RoutingStrategy` in its configuration."""

    RANDOM = "random"
    LEAST_OUTSTANDING = "least-outstanding"


class Fleet:
    """The instances of a variant. All times are seconds since the day began.

    Args:
        workers: Workers of each instance.
        most_waiting: Requests that may wait at an instance; further ones are rejected.
        routing: How an instance is chosen.
        seed: Seed of that choice.

    Attributes:
        latencies: Seconds of each request, including waiting; infinite if it was rejected.
        over: The number of requests that took longer than *limit*.
        limit: Seconds; infinite by default.
    """

    def __init__(self, workers: int, most_waiting: int, routing: Routing, seed: int) -> None:
        self._workers = workers
        self._room = workers + most_waiting
        self._routing = routing
        self._random = Random(seed)  # noqa: S311 -- not for secrets
        # By number of the instance, which is never reused: when its workers become free, and its
        # unanswered requests.
        self._free: list[list[float]] = []
        self._outstanding: list[int] = []
        self._active: list[int] = []
        self._leaving: list[tuple[float, int, float]] = []
        self._answered: list[float] = []
        self.latencies: list[float] = []
        self.over = 0
        self.limit = math.inf

    def resize(self, count: int, time: float) -> None:
        """Set the number of instances; those that are removed first finish their requests."""
        while len(self._active) > count:
            self._active.pop()
        while len(self._active) < count:
            self._active.append(len(self._free))
            self._free.append([time] * self._workers)
            heapify(self._free[-1])
            self._outstanding.append(0)

    def serve(self, arrivals: NDArray[np.float64], services: NDArray[np.float64]) -> None:
        """Serve requests.

        Args:
            arrivals: Their times, rising, also across calls.
            services: Seconds that a worker needs for each.
        """
        outstanding, latencies, limit = self._outstanding, self.latencies, self.limit
        for arrival, service in zip(arrivals.tolist(), services.tolist(), strict=True):
            self.settle(arrival)
            number = self._choose()
            if outstanding[number] >= self._room:
                latency = math.inf
            else:
                free = self._free[number]
                leaves = max(free[0], arrival) + service
                heapreplace(free, leaves)
                outstanding[number] += 1
                latency = leaves - arrival
                heappush(self._leaving, (leaves, number, latency))
            latencies.append(latency)
            self.over += latency > limit

    def settle(self, time: float) -> None:
        """Count the requests that finish by *time* as answered."""
        leaving = self._leaving
        while leaving and leaving[0][0] <= time:
            _, number, latency = heappop(leaving)
            self._outstanding[number] -= 1
            self._answered.append(latency)

    def answered(self) -> list[float]:
        """Return the latencies of requests answered since the last call, in seconds."""
        answered, self._answered = self._answered, []
        return answered

    def in_flight(self) -> int:
        """Return the number of unanswered requests, also of instances that were removed."""
        return len(self._leaving)

    def _choose(self) -> int:
        active = self._active
        if len(active) == 1:
            return active[0]
        if self._routing is Routing.RANDOM:
            return active[int(self._random.random() * len(active))]
        return min(active, key=self._outstanding.__getitem__)
