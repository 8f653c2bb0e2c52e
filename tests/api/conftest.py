"""Two published nights in a real store, and a client that asks the API over them."""

from contextlib import closing
from datetime import timedelta

import pytest

from api.app import make_app
from forecasts import runs
from forecasts.errors import StoreError
from forecasts.item import StationEntry, catalogue_item, forecast_item
from forecasts.sqlite import SQLiteStore
from tests.client import Client
from tests.factories import A_STATION, NOW, a_forecast, a_night, a_station, quantiles_around

FIRST = a_night(0, parts=2)
SECOND = a_night(1, parts=2)
LOADED = a_night(2)
MORNING = NOW + timedelta(days=1)

LAGUARDIA = a_station(id="LGA", name="La Guardia", latitude=40.7772, longitude=-73.8726)
ZURICH = a_station(
    id="ZRH",
    name="Zürich-Flughafen",
    country="CH",
    latitude=47.458,
    longitude=8.548,
    elevation=None,
    timezone="Europe/Zurich",
)
FIJI = a_station(id="NAN:1", name="=1+1", country="FJ", latitude=-17.75, longitude=177.45)
#: Planned, but without enough observations for a forecast.
SILENT = a_station(id="SILENT", name="Silent", country="", latitude=40.7, longitude=-73.8)

STATIONS = [A_STATION, LAGUARDIA, ZURICH, FIJI]


def forecast_of(run, station):
    """Return the forecast of a station: temperature for all, PM2.5 in Zurich only."""
    values = {"temperature": quantiles_around(run.issue_time.day / 10)}
    if station is ZURICH:
        values["pm25"] = quantiles_around(12.0)
    return a_forecast(run=run, station=station, values=values)


def load(store, run):
    """Put a run and all its items into *store*, unpublished."""
    entries = [StationEntry(s, tuple(forecast_of(run, s).values)) for s in STATIONS]
    store.put_many(
        [forecast_item(s.id, run, forecast_of(run, s).to_body()) for s in STATIONS]
        + [
            catalogue_item(run, 0, entries[:3]),
            catalogue_item(run, 1, [*entries[3:], StationEntry(SILENT, ())]),
        ]
    )
    runs.put_run(store, run)


class FailingStore:
    """A store that is down: every call fails as *error*."""

    def __init__(self, error):
        self._error = error

    def get(self, _key):
        """Fail."""
        raise self._error

    get_many = query = get


@pytest.fixture
def empty_store(clock, tmp_path):
    """A store without anything in it."""
    with closing(SQLiteStore(str(tmp_path / "forecasts.db"), clock, create=True)) as store:
        yield store


@pytest.fixture
def store(empty_store, clock):
    """A store of two published nights and a third that is loaded; it is the second morning."""
    clock.now = MORNING
    load(empty_store, FIRST)
    runs.publish(empty_store, FIRST.id, NOW)
    load(empty_store, SECOND)
    runs.publish(empty_store, SECOND.id, MORNING)
    load(empty_store, LOADED)
    return empty_store


@pytest.fixture
def app(store, clock):
    """The application over `store`."""
    return make_app(store, clock)


@pytest.fixture
def client(app):
    """A client of the application over `store`."""
    return Client(app)


@pytest.fixture
def empty_client(empty_store, clock):
    """A client of an application before the first night."""
    return Client(make_app(empty_store, clock))


@pytest.fixture
def failing_client(clock):
    """A client of an application whose store is down."""
    return Client(make_app(FailingStore(StoreError("secret/path.db: no disk")), clock))
