"""The API as it is served: behind Lambda's handler, as an ASGI application, and under uvicorn.

All three read one store, ask one endpoint (the stand-in with a real model), and have one clock that
stands still, so that they must answer alike.
"""

import asyncio
import base64
import importlib
import io
import logging
import os
import sys
from contextlib import ExitStack, closing, contextmanager, redirect_stdout
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import unquote

import pytest

from api.app import make_app
from api.connect import open_realtime
from api.settings import Settings
from forecasts import runs, times
from forecasts.forecast import dumps
from forecasts.item import (
    Item,
    StationEntry,
    catalogue_item,
    forecast_item,
    forecast_key,
    history_key,
    map_item,
)
from forecasts.skill_map import Columns, Places, map_items
from forecasts.stores.sqlite import SQLiteStore
from forecasts.verification import pack
from forecasts.verifications import network_item
from local.serving.api import lead_boto3
from local.standin.endpoint import Endpoint, running
from tests.factories import NOW, a_forecast, a_night, a_station, quantiles_around
from tests.fuzz.model import artifact
from tests.packed import history_item
from tests.verified import a_network, a_record, before

MORNING = NOW + timedelta(days=1)
NIGHTS = (a_night(0), a_night(1))
IDS = ("JFK", "LGA", "ZRH", "NAN:1", "a.b_c-d", "0001", "7", "Q" * 64, "BROKEN", "TORN", "EMPTY")
STATIONS = [
    a_station(
        id=station_id,
        name=name,
        country=("US", "CH", "")[number % 3],
        latitude=-80.0 + 15 * number,
        longitude=-170.0 + 30 * number,
        elevation=(None, 0.0, 1500.0)[number % 3],
        timezone=("UTC", "Europe/Zurich", "Asia/Kathmandu", "America/St_Johns")[number % 4],
    )
    for number, (station_id, name) in enumerate(
        zip(IDS, ["Kennedy", "Zürich", "=1+1", "@x", '"q", r', *["Any"] * 6], strict=True)
    )
]
#: A secret that no log may have.
CANARY = "canary-5d1f2a"


def values_of(night, station):
    """Return the forecast of a station, which no other station and no other night has."""
    number = IDS.index(station.id) + 20 * NIGHTS.index(night)
    if station.id == "EMPTY":
        return {}
    around = quantiles_around(number / 10), quantiles_around(1000 + number)
    return dict(zip(("temperature", "pressure"), around, strict=True))


def history_of(night, station):
    """Return the history of a station."""
    number = IDS.index(station.id)
    hours = [round(number + hour % 24 / 4, 1) for hour in range(168)]
    return {
        "station_id": station.id,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "elevation": station.elevation,
        "issue_time": times.utc_text(night.issue_time),
        "history": {
            "temperature": [*hours[:160], None, *hours[161:]],
            "pressure": [1000.0 + number] * 168,
        },
    }


def verified_of(night, station):
    """Return how earlier runs came true at a station: often enough, too rarely, or damaged."""
    if station.id == "7":
        return b"\xff"
    days = range(1, IDS.index(station.id))
    return pack([a_record(before(night.id, day), ("temperature", "pressure")) for day in days])


def fill(store):
    """Publish two nights; in each the forecast of BROKEN and the history of TORN are damaged."""
    for night in NIGHTS:
        forecasts = {s.id: a_forecast(night, s, values=values_of(night, s)) for s in STATIONS}
        items = [
            forecast_item(s.id, night, forecasts[s.id].to_body(), verified_of(night, s))
            for s in STATIONS
        ]
        items += [history_item(history_of(night, s), night) for s in STATIONS if s.id != "EMPTY"]
        entries = [StationEntry(s, tuple(forecasts[s.id].values)) for s in STATIONS]
        items.append(catalogue_item(night, 0, entries))
        for code in night.parameters:
            medians = [values_of(night, s).get(code, {}).get("p50") for s in STATIONS]
            items.append(map_item(night, code, 0, dumps(medians)))
        for day in range(1, 4):
            countries = {"US": ("temperature", "pressure"), "": ("precipitation",)}
            items.append(network_item(a_network(before(night.id, day), countries), night))
        many = [bytes(range(number, number + len(STATIONS))) for number in (10, 70, 40, 150)]
        places = Places(night.id, [], times.utc_text(night.issue_time))
        items += map_items(night, places, {"temperature": Columns("week", {}, many)})
        store.put_many(items)
        for key in (forecast_key("BROKEN", night.id), history_key("TORN", night.id)):
            store.put_many([Item(key, store.get(key).body[:-9], expires_at=2**40)])
        runs.put_run(store, night)
        runs.publish(store, night.id, night.planned_at)


class Asked(NamedTuple):
    """A request, as a client writes it: path and query are still escaped."""

    method: str
    path: str
    query: str
    headers: list
    body: bytes

    @property
    def target(self):
        """Path and query."""
        return self.path + ("?" + self.query if self.query else "")

    def without(self, *names):
        """Return the request without some header fields."""
        return self._replace(headers=[field for field in self.headers if field[0] not in names])

    def field(self, name):
        """Return the value of a header field, or None."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None


class Answered(NamedTuple):
    """An answer; header names are in small letters."""

    status: int
    headers: dict
    body: bytes


class Log(logging.Handler):
    """Keeps what is logged and printed, as text."""

    def __init__(self):
        super().__init__()
        self.text = io.StringIO()
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record):
        """Keep a record, with its traceback."""
        self.text.write(self.format(record) + "\n")

    def taken(self):
        """Return what was kept, and forget it."""
        text = self.text.getvalue()
        self.text.seek(0)
        self.text.truncate()
        return text


class Served:
    """The API, served in two ways.

    Attributes:
        app: The ASGI application.
        log: What either of them logs and prints.
    """

    def __init__(self, app, handler, loop, log):
        self.app, self._handler, self._loop, self.log = app, handler, loop, log

    def asgi(self, asked):
        """Ask the application as uvicorn does."""
        return self._loop.run_until_complete(_asgi(self.app, asked))

    def on_lambda(self, asked):
        """Ask the handler as API Gateway does."""
        with redirect_stdout(self.log.text):
            answer = self._handler(event_of(asked), None)
        body = answer["body"]
        content = base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()
        return Answered(answer["statusCode"], dict(answer["headers"]), content)


def event_of(asked):
    """Return the event of an API Gateway HTTP API for a request."""
    path = unquote(asked.path)
    names = dict.fromkeys(name for name, _ in asked.headers)
    try:
        body, coded = asked.body.decode(), False
    except UnicodeDecodeError:
        body, coded = base64.b64encode(asked.body).decode(), True
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": asked.query,
        "headers": {name: asked.field(name) for name in names} | {"host": "x"},
        "requestContext": {
            "accountId": "1",
            "apiId": "a",
            "domainName": "x",
            "http": {
                "method": asked.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "fuzz",
            },
            "requestId": "r",
            "stage": "$default",
            "time": "31/Dec/2013:01:00:00 +0000",
            "timeEpoch": 0,
        },
        "isBase64Encoded": coded,
        **({"body": body} if asked.body else {}),
    }


async def _asgi(app, asked):
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": unquote(asked.path),
        "raw_path": asked.path.encode(),
        "query_string": asked.query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"x"),
            *((n.encode(), v.encode("latin-1")) for n, v in asked.headers),
        ],
        "client": ("192.0.2.1", 1),
        "server": ("x", 80),
        "state": {},
    }
    sent = [{"type": "http.request", "body": asked.body, "more_body": False}]
    messages = []

    async def receive():
        if not sent:
            await asyncio.Event().wait()  # the client stays until it has the whole answer
        return sent.pop()

    async def send(message):
        messages.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    fields = {}
    for name, value in messages[0]["headers"]:
        text = value.decode("latin-1")
        fields[name.decode()] = (
            f"{fields[name.decode()]}, {text}" if name.decode() in fields else text
        )
    return Answered(messages[0]["status"], fields, body)


def clock():
    """Return the time, which stands still."""
    return MORNING


@contextmanager
def api_process(folder):
    """Yield the settings of the API: a filled store, and an endpoint with the small model."""
    store = folder / "forecasts.db"
    with closing(SQLiteStore(str(store), clock, create=True)) as opened:
        fill(opened)
    (folder / "depth5.tar.gz").write_bytes(artifact())
    before = dict(os.environ)  # noqa: TID251 -- boto3 and the handler are told by the environment
    try:
        with running(
            Endpoint(variants={"depth5": str(folder / "depth5.tar.gz")}, seed=1)
        ) as endpoint:
            lead_boto3(endpoint.environment)
            yield Settings(f"sqlite:///{store}", f"sagemaker://{endpoint.name}", seconds=10)
    finally:
        os.environ.clear()  # noqa: TID251 -- see above
        os.environ.update(before)  # noqa: TID251 -- see above


@contextmanager
def opened_app(settings, journal):
    """Yield an application of its own."""
    path = settings.store.removeprefix("sqlite:///")
    with closing(SQLiteStore(path, clock, create=False)) as store:
        realtime = open_realtime(settings, store, clock, journal)
        with closing(realtime):
            yield make_app(store, clock, realtime)


@contextmanager
def logging_to(log):
    """Send everything that is logged to *log* only."""
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, [log]
    try:
        yield
    finally:
        root.handlers = handlers


@contextmanager
def served(folder):
    """Yield the API, served in both ways."""
    log = Log()
    with ExitStack() as stack:
        settings = stack.enter_context(api_process(folder))
        stack.enter_context(logging_to(log))
        loop = stack.enter_context(closing(asyncio.new_event_loop()))
        asyncio.set_event_loop(loop)
        stack.callback(asyncio.set_event_loop, None)
        app = stack.enter_context(opened_app(settings, log.text.write))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(times, "utc_now", clock)
            patch.setenv("STATIONCAST_STORE", settings.store)
            patch.setenv("STATIONCAST_ENDPOINT", settings.endpoint)
            patch.setenv("STATIONCAST_ENDPOINT_SECONDS", "10")
            sys.modules.pop("api.handler", None)
            module = importlib.import_module("api.handler")
        stack.enter_context(closing(module._store))  # noqa: SLF001 -- a process would end with it
        stack.enter_context(closing(module._realtime))  # noqa: SLF001 -- the same
        yield Served(app, module.handler, loop, log)
