"""Two published nights in a real store, and a client of the API over them."""

import json
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from api.app import make_app
from api.connect import open_realtime
from api.settings import Settings
from forecasts import runs
from forecasts.errors import StoreError
from forecasts.forecast import dumps
from forecasts.item import StationEntry, catalogue_item, forecast_item, map_item
from forecasts.missing import LeftOut, left_out_items, missing_item
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_text
from tests.api.answering import answering
from tests.client import Client
from tests.factories import A_STATION, NOW, a_forecast, a_night, a_station, quantiles_around
from tests.packed import history_item

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
    attribution="MeteoSchweiz",
    licence="https://opendata.swiss/terms-of-use",
)
FIJI = a_station(id="NAN:1", name="=1+1", country="FJ", latitude=-17.75, longitude=177.45)
#: Planned, but without enough observations for a forecast.
SILENT = a_station(id="SILENT", name="Silent", country="", latitude=40.7, longitude=-73.8)

STATIONS = [A_STATION, LAGUARDIA, ZURICH, FIJI]


def forecast_of(run, station, warmer=0):
    """Return the forecast of a station: temperature for all, PM2.5 and rain in Zurich only."""
    values = {"temperature": quantiles_around(run.issue_time.day / 10 + warmer)}
    chance_24h, models = {}, {}
    if station.id == ZURICH.id:
        values["pm25"] = quantiles_around(12.0)
        values["precipitation"] = quantiles_around(1.0) | {"chance": [0.65] * 24}
        chance_24h, models = {"precipitation": 0.9}, {"pm25": "reference"}
    return a_forecast(run=run, station=station, values=values, chance_24h=chance_24h, models=models)


def history_of(run, station, warmer=0):
    """Return the transform line of a station: temperature, with a gap two hours before the end."""
    hours = [round(hour / 10, 1) + warmer for hour in range(168)]
    return {
        "station_id": station.id,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "elevation": station.elevation,
        "issue_time": utc_text(run.issue_time),
        "history": {"temperature": [*hours[:165], None, *hours[166:]]},
    }


def median_of(run, station, warmer=0):
    """Return the 24 medians of temperature at a station."""
    return forecast_of(run, station, warmer).values["temperature"]["p50"]


def load(store, run, warmer=0):
    """Put a run and all its items into *store*, unpublished; only JFK has a history.

    All is *warmer* than usual by some degrees, and the names of the stations say so.
    """
    named = [replace(s, name=f"{s.name} +{warmer}" if warmer else s.name) for s in STATIONS]
    entries = [StationEntry(s, tuple(forecast_of(run, s).values)) for s in named]
    medians = [median_of(run, station, warmer) for station in STATIONS]
    detail = f"+{warmer}" if warmer else ""
    store.put_many(
        [forecast_item(s.id, run, forecast_of(run, s, warmer).to_body()) for s in STATIONS]
        + [
            catalogue_item(run, 0, entries[:3]),
            catalogue_item(run, 1, [*entries[3:], StationEntry(SILENT, ())]),
            map_item(run, "temperature", 0, dumps(medians[:3])),
            map_item(run, "temperature", 1, dumps([*medians[3:], None])),
            history_item(history_of(run, A_STATION, warmer), run),
            *(missing_item(run, part, []) for part in range(run.parts)),
            *left_out_items(run, [LeftOut("CLOSED", "no_observations", detail)]),
        ]
    )
    runs.put_run(store, run)


#: The second night's history of JFK.
LINE = {
    "station_id": "JFK",
    "latitude": A_STATION.latitude,
    "longitude": A_STATION.longitude,
    "elevation": A_STATION.elevation,
    "issue_time": utc_text(SECOND.issue_time),
    "history": {"temperature": [3.0] * 168, "pressure": [None] * 167 + [999.0]},
}


class FailingStore:
    """A store that is down: every call fails as *error*."""

    def __init__(self, error):
        self._error = error

    def get(self, _key):
        """Fail."""
        raise self._error

    get_many = query = get

    def generation(self):
        """Return that of a store that was never replaced."""
        return 0


@pytest.fixture
def empty_store(clock, tmp_path):
    """An empty store."""
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


@pytest.fixture
def runtime(monkeypatch):
    """A server that stands in for the endpoint; boto3 is pointed at it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with answering() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture(params=["sagemaker", "lambda"])
def scheme(request):
    """The scheme of the endpoint's URL, which says which kind of endpoint it is."""
    return request.param


@pytest.fixture
def journal():
    """The lines of the journal, parsed."""
    return []


@pytest.fixture
def connect_app(runtime, store, clock, journal, scheme):  # noqa: ARG001 -- boto3 finds the server
    """A function that makes an application whose endpoint is the server, with settings."""
    opened = []

    def make(**settings):
        # A name of its own, because circuits are counted by name for as long as the process runs.
        named = Settings("x", f"{scheme}://test-{uuid.uuid4().hex}", **settings)
        opened.append(
            open_realtime(named, store, clock, lambda line: journal.append(json.loads(line)))
        )
        return make_app(store, clock, opened[-1])

    yield make
    for realtime in opened:
        realtime.close()


@pytest.fixture
def connect_client(connect_app, store):
    """A function that makes a client of an API whose endpoint is the server, with settings."""
    store.put_many([history_item(LINE, SECOND)])
    return lambda **settings: Client(connect_app(**settings))


@pytest.fixture
def asking(connect_client):
    """A client of an API whose endpoint is the server; no busy machine reaches its limit."""
    return connect_client(seconds=60.0)
