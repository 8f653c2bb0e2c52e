"""Days of requests that can be calculated by hand."""

import numpy as np

from local.scaling.simulation import Demand, Hosting

HOUR = 3600
#: Instances with one worker.
PLAIN = Hosting(workers=1, usd_hour=1, start_seconds=300, metric_seconds=60)


def demand_of(*pieces, service=0.1):
    """Return evenly spaced requests.

    Args:
        pieces: (from second, to second, requests a minute).
        service: Seconds that a worker needs for each.
    """
    arrivals = np.concatenate(
        [np.arange(start, end, 60 / a_minute) + 0.001 for start, end, a_minute in pieces]
    )
    return Demand(arrivals, np.full(len(arrivals), service))
