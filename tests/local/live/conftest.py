"""A place whose first start is done, with an injected clock."""

import shutil
from contextlib import closing

import pytest

from batch_jobs.feeds.wanted import Stations
from forecasts.runs import current_pointer
from forecasts.stores.open import open_store
from local.live.feed import Feed
from local.live.place import place_of, read_place
from local.live.refresh import Live, refresh
from local.live.screen import brief
from tests.conftest import Clock
from tests.feeds.iem import NOON, StandIn
from tests.feeds.loopback import serving
from tests.feeds.timer import PassingTime

#: The shortest history that a model can be trained from is 1,500 hours.
DAYS = 64
HERE = Stations(frozenset({"JFK", "LGA"}))


class Town:
    """A place, and what was said about it.

    Attributes:
        said: Sentences.
        clock: Its clock.
        live: For `refresh`.
    """

    def __init__(self, folder, url, now):
        self.said, self.clock, self.folder = [], Clock(now), folder
        settings = {"STATIONCAST_IEM_URL": url}
        timer = PassingTime().timer
        feed = Feed(folder / "observations", settings, self.clock, timer, self.said.append)
        self.live = Live(folder, feed, self.clock, brief(self.said.append))

    def begin(self, wanted=HERE):
        """Find the place, and refresh it for the first time."""
        refresh(self.live, place_of(self.folder, wanted, self.live.feed))

    def refresh(self):
        """Do what each hour does."""
        refresh(self.live, read_place(self.folder))

    @property
    def run_id(self):
        """The run that readers are on."""
        with closing(open_store(self.live.store_url, self.clock)) as store:
            return current_pointer(store).current


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """The folder of a place whose first start is done: ten past noon."""
    folder = tmp_path_factory.mktemp("begun")
    with serving(StandIn()) as service:
        service.weather("JFK", "LGA", days=DAYS)
        Town(folder, service.url, NOON.replace(minute=10)).begin()
    return folder


@pytest.fixture
def iem():
    """A stand-in of IEM without reports."""
    with serving(StandIn()) as service:
        yield service


@pytest.fixture
def town(begun, iem, tmp_path):
    """A place whose first start was done at ten past noon, and a service without newer reports."""
    shutil.copytree(begun, tmp_path / "town")
    return Town(tmp_path / "town", iem.url, NOON.replace(minute=10))


@pytest.fixture
def new_town(iem, tmp_path):
    """A place that is new."""
    return Town(tmp_path / "new", iem.url, NOON.replace(minute=10))
