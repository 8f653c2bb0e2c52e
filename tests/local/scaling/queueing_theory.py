"""Mean waits of queues with several workers: by formula, and in the simulator."""

import numpy as np
from scipy.stats import poisson

from local.scaling.fleet import Fleet, Routing

_ENOUGH = 1e-12


def erlang(workers, load):
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


def crommelin(workers, load):
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


def mean_wait(workers, load, services, seed):
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
