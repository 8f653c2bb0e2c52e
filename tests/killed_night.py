"""A process that runs the night of `ISSUE_TIME`, and at a given point kills itself or its store.

python -m tests.killed_night STORE_URL OBSERVATIONS MODEL POINT DEED

POINT is `never`, the name of a state (right after it), or one of `POINTS`. DEED is one of `DEEDS`.
Every station is a part of its own, and the clock stands still, so two undisturbed nights leave the
same table, but for the run's identity.
"""

import os
import signal
import sys
from contextlib import closing, contextmanager
from functools import partial
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
POINTS = (
    "between parts",
    "within a part",
    "before the pointer",
    "after the pointer",
    "after the mark",
)


def die(_path):
    """End this process as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


def delete(path):
    """Delete the store's file, and nothing beside it."""
    path.unlink()


def replace(path):
    """Put another store in place of the store's file."""
    path.with_name("other.db").replace(path)


DEEDS = {"die": die, "delete": delete, "replace": replace}


class DyingNight(Night):
    """A night that dies after a state."""

    point = "never"
    deed = None

    @contextmanager
    def timed(self, state):
        """Measure a state, and die after the chosen one."""
        with super().timed(state):
            yield
        if state == self.point:
            self.deed()


class DyingStore:
    """A store that dies during its work."""

    def __init__(self, store, point, deed):
        self.store = store
        self.point = point
        self.deed = deed
        self.puts = 0

    def __getattr__(self, name):
        """Pass everything else on to the store."""
        return getattr(self.store, name)

    def put_many(self, items):
        """Put some of the items, or all of the first part's, and die."""
        self.puts += 1
        if self.point == "within a part" and self.puts == 3:
            self.store.put_many(list(items)[:1])
            self.deed()
        units = self.store.put_many(items)
        if self.point == "between parts" and self.puts == 4:
            self.deed()
        return units

    def put(self, item, *, expected):
        """Put an item; die before or after putting the pointer, or after the run is marked."""
        if item.key == POINTER_KEY and self.point == "before the pointer":
            self.deed()
        self.store.put(item, expected=expected)
        if item.key == POINTER_KEY and self.point == "after the pointer":
            self.deed()
        if b'"state":"published"' in item.body and self.point == "after the mark":
            self.deed()


def main(store_url, observations, model, point, deed):
    """Run the night."""
    plan_run.STATIONS_OF_A_PART = 1
    do = partial(DEEDS[deed], Path(store_url.removeprefix("sqlite:///")))
    with closing(open_store(store_url, lambda: NOW, create=True)) as store:
        night = DyingNight(
            store=DyingStore(store, point, do),
            model=load_model(Path(model)),
            observations=observations,
            issue_time=ISSUE_TIME,
            clock=lambda: NOW,
        )
        night.point, night.deed = point, do
        sys.stdout.write(run_night(night).state)


if __name__ == "__main__":
    main(*sys.argv[1:])
