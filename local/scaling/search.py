"""Searches for the cheapest policy that keeps a promise about latency.

The cost of scaling on invocations does not depend on latencies. So these policies are priced first,
then tried from the cheapest on, until one keeps the promise. All policies on latency are tried.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from batch_jobs.progress import Track
from local.errors import ScalingError
from local.scaling.policy import MOST_INSTANCES, Policy, Scaling
from local.scaling.simulation import (
    DAY_SECONDS,
    Change,
    Day,
    Demand,
    Hosting,
    simulate_instances,
    simulate_while,
)

#: Targets to try, as shares of the invocations that an instance can answer.
SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Thresholds to try, as shares of the promised latency.
_LATENCY_SHARES = (0.25, 0.5, 0.75)
_SHARE_OVER = 0.01
_MINUTE = 60
_MS = 1000
_HOURS_PER_SECOND = 1 / 3600
_MOST_INVOCATIONS = 1_000_000
_MOST_LATENCY = 60_000


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise about latency.

    Attributes:
        p99_ms: Milliseconds within which 99 of 100 requests are answered.
    """

    p99_ms: float

    def most_over(self, requests: int) -> int:
        """Return how many of *requests* may take longer."""
        return max(0, requests - 1 - math.ceil((1 - _SHARE_OVER) * (requests - 1)))


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search.

    Attributes:
        day: The day with the cheapest policy, whose `max_instances` is as small as possible.
        tried: The number of policies that were considered.
    """

    day: Day
    tried: int


def search(
    demand: Demand,
    hosting: Hosting,
    promise: Promise,
    scalings: Sequence[Scaling],
    track: Track,
    base: Policy,
) -> Found:
    """Search for the cheapest policy that keeps a promise.

    Args:
        demand: The requests of the day.
        hosting: The instances.
        promise: The promise to keep.
        scalings: The ways of scaling to try: INVOCATIONS, LATENCY, NONE.
        track: Shows progress.
        base: The policy whose cool-downs all policies have.

    Raises:
        ScalingError: No policy keeps it; or one of *scalings* cannot be deployed.
    """
    if Scaling.CONCURRENCY in scalings:
        raise ScalingError("template.yaml has no parameter for scaling on concurrency")
    policies = list(_candidates(demand, hosting, promise, scalings, base))
    days = _unaffected(demand, hosting, promise, policies, track)
    days += _affected(demand, hosting, promise, policies, track, days)
    if not days:
        raise ScalingError(
            f"no policy up to {MOST_INSTANCES} instances answers 99 of 100 requests "
            f"within {promise.p99_ms:g} ms"
        )
    best = min(days, key=lambda day: day.usd)
    return Found(_tightened(best), len(policies))


def _candidates(
    demand: Demand,
    hosting: Hosting,
    promise: Promise,
    scalings: Sequence[Scaling],
    base: Policy,
) -> Iterator[Policy]:
    most = MOST_INSTANCES
    for scaling in scalings:
        for least in range(1, most + 1):
            for target in _targets(scaling, demand, hosting, promise):
                yield replace(
                    base, scaling=scaling, min_instances=least, max_instances=most, target=target
                )


def _targets(scaling: Scaling, demand: Demand, hosting: Hosting, promise: Promise) -> list[float]:
    match scaling:
        case Scaling.INVOCATIONS:
            mean = float(demand.services.mean()) if len(demand.services) else 1.0
            capacity = hosting.workers * _MINUTE / mean
            return _rounded([share * capacity for share in SHARES], _MOST_INVOCATIONS)
        case Scaling.LATENCY:
            return _rounded([share * promise.p99_ms for share in _LATENCY_SHARES], _MOST_LATENCY)
    return [1.0]


def _rounded(values: Sequence[float], most: int) -> list[float]:
    """Round to two significant digits and to whole numbers, as for template parameters."""
    whole = {min(most, max(1, round(float(f"{value:.2g}")))) for value in values}
    return [float(value) for value in sorted(whole)]


def _unaffected(
    demand: Demand, hosting: Hosting, promise: Promise, policies: Sequence[Policy], track: Track
) -> list[Day]:
    """Try policies that do not depend on latencies, cheapest first, until one succeeds."""
    asked = [one for one in policies if one.scaling is not Scaling.LATENCY]
    priced = [
        simulate_instances(demand, policy, hosting)
        for policy in track(asked, "Pricing policies", len(asked))
    ]
    failed: set[tuple[Change, ...]] = set()
    for day in sorted(priced, key=lambda day: day.usd):
        if day.changes in failed:
            continue
        if found := _try(demand, hosting, promise, day.policy):
            return [found]
        failed.add(day.changes)
    return []


def _affected(
    demand: Demand,
    hosting: Hosting,
    promise: Promise,
    policies: Sequence[Policy],
    track: Track,
    known: Sequence[Day],
) -> list[Day]:
    """Try all policies on latency, except those that must cost more than the best one."""
    best = min((day.usd for day in known), default=math.inf)
    days = []
    asked = [one for one in policies if one.scaling is Scaling.LATENCY]
    for policy in track(asked, "Trying policies", len(asked)):
        least = policy.min_instances * DAY_SECONDS * _HOURS_PER_SECOND * hosting.usd_hour
        if least < best and (day := _try(demand, hosting, promise, policy)):
            days.append(day)
            best = min(best, day.usd)
    return days


def _try(demand: Demand, hosting: Hosting, promise: Promise, policy: Policy) -> Day | None:
    most_over = promise.most_over(len(demand.arrivals))
    limit = promise.p99_ms / _MS
    return simulate_while(demand, policy, hosting, limit=limit, most_over=most_over)


def _tightened(day: Day) -> Day:
    """Lower `max_instances` to what the day needed, which changes nothing else."""
    most = max(day.most, day.policy.min_instances)
    return replace(day, policy=replace(day.policy, max_instances=most))
