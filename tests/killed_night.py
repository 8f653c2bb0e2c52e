"""A process that runs the night of `ISSUE_TIME` and kills itself at a given point.

python -m tests.killed_night STORE_URL OBSERVATIONS MODEL POINT

POINT is `never`, the name of a state (killed right after it), or one of `POINTS`. Every station is
a part of its own, and the clock stands still, so two undisturbed nights leave the same table.
"""

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

from batch_jobs import plan_run
from batch_jobs.nightly import Night, run_night
from batch_jobs.transform import load_model
from forecasts.item import POINTER_KEY
from forecasts.stores.open import open_store
from tests.factories import ISSUE_TIME, NOW

STATES = (
    "ReadObservations",
    "PlanRun",
    "BuildInput",
    "Transform",
    "LoadForecasts",
    "CheckRun",
    "PublishRun",
)
POINTS = ("between parts", "within a part", "before the pointer", "after the pointer")


def die():
    """End this process as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingNight(Night):
    """A night that dies after a state."""

    point = "never"

    @contextmanager
    def timed(self, state):
        """Measure a state, and die after the chosen one."""
        with super().timed(state):
            yield
        if state == self.point:
            die()


class DyingStore:
    """A store that dies during its work."""

    def __init__(self, store, point):
        self.store = store
        self.point = point
        self.puts = 0

    def __getattr__(self, name):
        """Pass everything else on to the store."""
        return getattr(self.store, name)

    def put_many(self, items):
        """Put some of the items, or all of the first part's, and die."""
        self.puts += 1
        if self.point == "within a part" and self.puts == 3:
            self.store.put_many(list(items)[:1])
            die()
        units = self.store.put_many(items)
        if self.point == "between parts" and self.puts == 4:
            die()
        return units

    def put(self, item, *, expected):
        """Put an item; die before or after putting the pointer."""
        if item.key == POINTER_KEY and self.point == "before the pointer":
            die()
        self.store.put(item, expected=expected)
        if item.key == POINTER_KEY and self.point == "after the pointer":
            die()


def main(store_url, observations, model, point):
    """Run the night."""
    plan_run.STATIONS_OF_A_PART = 1
    store = open_store(store_url, lambda: NOW, create=True)
    night = DyingNight(
        store=DyingStore(store, point),
        model=load_model(Path(model)),
        observations=observations,
        issue_time=ISSUE_TIME,
        clock=lambda: NOW,
    )
    night.point = point
    sys.stdout.write(run_night(night).state)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
