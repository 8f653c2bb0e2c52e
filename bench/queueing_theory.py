"""How well the simulator agrees with queueing theory: `python -m bench.queueing_theory`.

Requests come at random (Poisson) to one instance with several workers. The mean wait in the
simulator of `stationcast scaling` is compared with Erlang's formula if service times are
exponential (M/M/c), and with Crommelin's if they are constant (M/D/c). Seeds are fixed, so the
figures are the same each time.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from bench.harness.figures import Figure, Report, benchmark, versions
from local.scaling.fleet import Fleet, Routing

#: How far a mean wait may be off, in percent.
OFF = 2.0

WORKERS, BUSY = (1, 2, 4, 8), 0.7

#: Requests: more if service times vary, because the mean wait is then noisier.
EXPONENTIAL, CONSTANT = 1_500_000, 500_000
QUICK_SHARE = 10

_ENOUGH = 1e-12


@benchmark(f"A {QUICK_SHARE}th of the requests; no targets.")
def main(*, quick: bool) -> Report:
    """Compare simulated mean waits with those of queueing theory."""
    figures = list(compare(QUICK_SHARE if quick else 1, None if quick else OFF))
    return Report("queueing_theory", versions("stationcast", "numpy"), figures)


def compare(share: int, target: float | None) -> Iterator[Figure]:
    """Yield how far apart mean waits are, for all numbers of workers, in percent.

    Args:
        share: Divides the number of requests.
        target: The target of each figure; None if there are too few requests for one.
    """
    exponential = np.random.default_rng(1).exponential(1, EXPONENTIAL // share)
    constant = np.ones(CONSTANT // share)
    for name, services, formula in (("M/M", exponential, erlang), ("M/D", constant, crommelin)):
        for workers in WORKERS:
            wait = mean_wait(workers, workers * BUSY, services, 2)
            off = abs(wait / formula(workers, workers * BUSY) - 1) * 100
            yield Figure(f"{name}/{workers}, {BUSY:.0%} busy: mean wait off by", off, "%", target)


def erlang(workers: int, load: float) -> float:
    """Return the mean wait of M/M/c in service times.

    Args:
        workers: c.
        load: Offered load: arrivals in a service time.
    """
    blocked = 1.0
    for k in range(1, workers + 1):
        blocked = load * blocked / (k + load * blocked)
    busy = load / workers
    waits = blocked / (1 - busy + busy * blocked)
    return waits / (workers - load)


def crommelin(workers: int, load: float) -> float:
    """Return the mean wait of M/D/c in service times.

    C. D. Crommelin, Delay probability formulae when the holding times are constant, Post Office
    Electrical Engineers' Journal 25 (1932): the sum over i from 1 of
    P(N >= ic) - c / a P(N >= ic + 1), where N is Poisson with the mean i a.

    Args:
        workers: c.
        load: a, the offered load.
    """
    wait, i, term = 0.0, 0, 1.0
    while term > _ENOUGH:
        i += 1
        # P(N >= n) is sf(n - 1).
        more = poisson.sf(i * workers, i * load)
        term = float(poisson.sf(i * workers - 1, i * load) - workers / load * more)
        wait += term
    return wait


def mean_wait(workers: int, load: float, services: NDArray[np.float64], seed: int) -> float:
    """Simulate M/./c with one instance; return the mean wait in service times.

    Args:
        workers: c.
        load: Offered load.
        services: Service times, with any mean.
        seed: Seed of the arrivals.
    """
    gaps = np.random.default_rng(seed).exponential(1, len(services))
    # Exactly the intended rate: much of the noise of a mean wait comes from the rate.
    arrivals = np.cumsum(gaps / gaps.mean() / load)
    services = services / services.mean()
    fleet = Fleet(workers, len(services), Routing.RANDOM, seed)
    fleet.resize(1, 0)
    fleet.serve(arrivals, services)
    return float(np.mean(np.array(fleet.latencies) - services))


if __name__ == "__main__":
    main()
