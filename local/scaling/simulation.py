"""Simulates a day of traffic under a scaling policy.

Requests are simulated one by one, and alarms at each point of their metric. An instance is paid for
from its request until its removal.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from local.errors import ScalingError
from local.scaling.fleet import Fleet, Routing
from local.scaling.policy import Point, Policy, Scaler, Scaling
from local.scaling.traffic import MINUTES

DAY_SECONDS = MINUTES * 60
_HOUR = 3600.0
_MS = 1000
_P90 = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """The instances of a variant.

    Attributes:
        workers: Workers of each instance, one for each vCPU.
        usd_hour: Price of an instance.
        start_seconds: Time from requesting an instance until it is in service.
        metric_seconds: Delay between the end of a metric's period and its alarm.
        most_waiting: Requests that may wait at an instance; further ones are rejected. 100 is the
            size of multi-model-server's queue.
        routing: How an instance is chosen. The template leaves it at SageMaker's default, random.
    """

    workers: int = 2
    usd_hour: float = 0.115
    start_seconds: float = 300.0
    metric_seconds: float = 60.0
    most_waiting: int = 100
    routing: Routing = Routing.RANDOM


class Demand(NamedTuple):
    """The requests of a day.

    Attributes:
        arrivals: Seconds since the day began, rising.
        services: Seconds that a worker needs for each.
    """

    arrivals: NDArray[np.float64]
    services: NDArray[np.float64]


class Change(NamedTuple):
    """A change of the number of instances.

    Attributes:
        time: Seconds since the day began.
        serving: Instances that take requests from then on.
        paid: Instances that are paid for.
    """

    time: float
    serving: int
    paid: int


@dataclass(frozen=True, slots=True)
class Day:
    """A simulated day.

    Attributes:
        policy: The scaling policy.
        demand: The requests.
        latencies: Seconds of each request, infinite if it was rejected; shape (requests,).
        changes: Changes of the number of instances, the first one at time 0.
        usd: Cost of the instances.
    """

    policy: Policy
    demand: Demand
    latencies: NDArray[np.float64]
    changes: tuple[Change, ...]
    usd: float

    def mean(self, what: str, start: float = 0, end: float = DAY_SECONDS) -> float:
        """Return the mean number of instances, `serving` or `paid`, between two times."""
        total = 0.0
        nexts = [change.time for change in self.changes[1:]] + [float(DAY_SECONDS)]
        for change, until in zip(self.changes, nexts, strict=True):
            within = min(until, end) - max(change.time, start)
            total += max(0.0, within) * getattr(change, what)
        return total / (end - start)

    @property
    def most(self) -> int:
        """The largest number of instances that were paid for at once."""
        return max(change.paid for change in self.changes)


def percentile_ms(latencies: NDArray[np.float64], level: float) -> float:
    """Return the latency in ms that *level* percent do not exceed; NaN without latencies."""
    if not len(latencies):
        return math.nan
    # No interpolation: between a latency and the infinity of a rejection there is no value.
    return float(np.percentile(latencies, level, method="higher")) * _MS


def draw_services(measured: Sequence[float], count: int, seed: int) -> NDArray[np.float64]:
    """Draw service times from measured ones, with replacement.

    Args:
        measured: Seconds that a worker needed for a request; at least one value.
        count: How many to draw.
        seed: Seed of the draw.

    Raises:
        ScalingError: There is no value, or one is not greater than 0.
    """
    times = np.asarray(measured, dtype=np.float64)
    if not times.size or not (np.isfinite(times) & (times > 0)).all():
        raise ScalingError("service times are seconds above 0, at least one of them")
    return np.random.default_rng(seed).choice(times, count)


def simulate(demand: Demand, policy: Policy, hosting: Hosting, seed: int = 1) -> Day:
    """Simulate a day.

    Args:
        demand: The requests.
        policy: The scaling policy.
        hosting: The instances.
        seed: Seed of the routing.
    """
    fleet = _fleet(Fleet, hosting, seed)
    run = _Run(policy, hosting, fleet, demand)
    run.finish(math.inf)
    return _day(run, np.asarray(fleet.latencies))


def simulate_while(
    demand: Demand,
    policy: Policy,
    hosting: Hosting,
    *,
    limit: float,
    most_over: int,
    seed: int = 1,
) -> Day | None:
    """Simulate a day, but stop once too many requests are slow.

    Args:
        demand: The requests.
        policy: The scaling policy.
        hosting: The instances.
        limit: Seconds after which a request is slow.
        most_over: How many may be slow.
        seed: Seed of the routing.

    Returns:
        The day; None if more were slow.
    """
    fleet = _fleet(Fleet, hosting, seed)
    fleet.limit = limit
    run = _Run(policy, hosting, fleet, demand)
    return _day(run, np.asarray(fleet.latencies)) if run.finish(most_over) else None


def simulate_instances(demand: Demand, policy: Policy, hosting: Hosting) -> Day:
    """Simulate only the number of instances, which takes a thousandth of the time.

    The day has no latencies.

    Raises:
        ScalingError: The policy depends on latencies.
    """
    if policy.scaling in {Scaling.LATENCY, Scaling.CONCURRENCY}:
        raise ScalingError(f"scaling on {policy.scaling} depends on how long requests take")
    run = _Run(policy, hosting, _fleet(_Idle, hosting, 0), demand)
    run.finish(math.inf)
    return _day(run, np.empty(0))


def _fleet(kind: type[Fleet], hosting: Hosting, seed: int) -> Fleet:
    return kind(hosting.workers, hosting.most_waiting, hosting.routing, seed)


def _day(run: "_Run", latencies: NDArray[np.float64]) -> Day:
    ends = [change.time for change in run.changes[1:]] + [float(DAY_SECONDS)]
    pairs = zip(run.changes, ends, strict=True)
    paid = sum(change.paid * (end - change.time) for change, end in pairs)
    usd = paid / _HOUR * run.hosting.usd_hour
    return Day(run.policy, run.demand, latencies, tuple(run.changes), usd)


class _Idle(Fleet):
    """Instances that get no requests."""

    def serve(self, arrivals: NDArray[np.float64], services: NDArray[np.float64]) -> None:
        """Do nothing."""


@dataclass
class _Run:
    """A day while it is simulated."""

    policy: Policy
    hosting: Hosting
    fleet: Fleet
    demand: Demand
    changes: list[Change] = field(default_factory=list)
    _at: int = 0
    _starting: tuple[float, int] | None = None
    _points: deque[tuple[float, Point]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._scaler = Scaler(self.policy)
        self._serving = self.policy.min_instances
        self.fleet.resize(self._serving, 0)
        self.changes.append(Change(0, self._serving, self._serving))

    def finish(self, most_over: float) -> bool:
        """Simulate the rest of the day; return whether at most *most_over* requests were slow."""
        period = self.policy.period
        ends = range(period, DAY_SECONDS + 1, period)
        edges = np.searchsorted(self.demand.arrivals, ends).tolist()
        for end, until in zip(ends, edges, strict=True):
            count = self._pass_until(end, until)
            if self.fleet.over > most_over:
                return False
            if self.policy.scaling is not Scaling.NONE:
                self._points.append((end + self.hosting.metric_seconds, self._point(count)))
                self._scale(end)
        return True

    def _pass_until(self, end: float, until: int) -> int:
        """Simulate until *end*, including instances that start; return the number of requests."""
        first = self._at
        if self._starting and self._starting[0] <= end:
            time, count = self._starting
            self._serve_until(time, int(np.searchsorted(self.demand.arrivals, time)))
            self._starting = None
            self._resize(time, count, added=True)
        self._serve_until(end, until)
        return self._at - first

    def _serve_until(self, end: float, until: int) -> None:
        """Serve the requests before *end*, which are those with numbers below *until*."""
        window = slice(self._at, until)
        self.fleet.serve(self.demand.arrivals[window], self.demand.services[window])
        self.fleet.settle(end)
        self._at = until

    def _point(self, count: int) -> Point:
        match self.policy.scaling:
            case Scaling.LATENCY:
                answered = self.fleet.answered()
                value = float(np.percentile(answered, _P90)) * _MS if answered else None
            case Scaling.CONCURRENCY:
                value = self.fleet.in_flight() / self._serving
            case _:
                value = count / self._serving
        return Point(value, self._serving)

    def _scale(self, time: float) -> None:
        while self._points and self._points[0][0] <= time:
            _, point = self._points.popleft()
            wish = self._scaler.wish(time, point, self._serving)
            if self._starting or wish == self._serving:
                continue
            if wish < self._serving:
                self._resize(time, wish, added=False)
            else:
                self._starting = (time + self.hosting.start_seconds, wish)
                self.changes.append(Change(time, self._serving, wish))

    def _resize(self, time: float, count: int, *, added: bool) -> None:
        self._serving = count
        self.fleet.resize(count, time)
        self._scaler.changed(time, added=added)
        self.changes.append(Change(time, count, count))
