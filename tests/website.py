"""The sites for the browser tests: `python -m tests.website --folder F`.

Each is the built website in front of the real API, on a free port:

- `demo`: the three stations of the demo, a week of published nights;
- `turning`: the same, for tests that publish and roll back;
- `live`: a week of runs up to this hour, with a real-time model, whose faults are controlled at
  `faults`;
- `many`: 11,000 synthetic stations;
- `odd`: stations with unusual names, and with air quality;
- `empty`: nothing is published yet.

Prints one line of JSON, `{"demo": {"url": …, "store": …}, …}`, and serves until it is stopped.
"""

import asyncio
import json
import shutil
import socket
import tempfile
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import uvicorn

from api.app import make_app
from api.connect import open_realtime
from api.settings import Settings
from batch_jobs.nightly import Night, run_night
from batch_jobs.progress import quiet
from forecasts import runs
from forecasts.forecast import dumps
from forecasts.item import StationEntry, catalogue_item, forecast_item, map_item
from forecasts.run import HISTORY_HOURS, QUANTILES, run_id
from forecasts.stores.open import open_store
from forecasts.times import utc_text
from forecasts.verification import VerifiedNetwork
from forecasts.verifications import network_item
from local.demo.new_york import demo_observations
from local.demo.night import demo_model, once
from local.demo.synthetic import write_synthetic
from local.serving.api import lead_boto3
from local.serving.website import Site
from local.standin.endpoint import Endpoint, running
from tests.factories import a_forecast, a_run, a_station
from tests.packed import history_item
from tests.verified import before, groups_of

DIST = Path(__file__).parents[1] / "web" / "dist"
MANY = 11_000
DAY = timedelta(days=1)

#: Names that must be shown unchanged: markup, right-to-left, emoji, very long.
ODD_NAMES = {
    "SCRIPT": "<script>document.title='run'</script><img src=x onerror=alert(1)>",
    "RTL": "محطة القاهرة الجديدة",
    "EMOJI": "🌦️ Köln 👩‍🔬",
    "LONG": "Very long name " * 20,
    "NAMELESS": "",
}
#: Of the odd stations whose source is known: one address and one that would run if it were a link.
ATTRIBUTIONS = {
    "EMOJI": {
        "attribution": "Stadt Köln",
        "licence": "https://creativecommons.org/licenses/by/4.0/",
    },
    "SCRIPT": {"licence": "javascript:alert(1)"},
}
#: The odd station that a reference forecasts.
FAR = "NAMELESS"
#: PM2.5 of each odd station, in µg/m³: one for each class of the index.
PM25 = dict(zip(ODD_NAMES, (5.0, 20.0, 40.0, 90.0, 180.0), strict=True))


def clock():
    """Return the time."""
    return datetime.now(UTC)  # noqa: TID251 -- the browser uses the real clock, too


def midnight():
    """Return the last midnight in UTC."""
    return hour().replace(hour=0)


def hour():
    """Return the last full hour in UTC."""
    return clock().replace(minute=0, second=0, microsecond=0)


def open_new(path):
    """Open a SQLite store, and make it if it does not exist."""
    return open_store(f"sqlite:///{path}", clock, create=True)


def make_demo(path, folder, model, newest):
    """Run a week of nights of the demo up to *newest*, so that enough hours are verified."""
    observations = folder / "replays" / f"{newest:%Y%m%dT%H}"
    once(observations, lambda: demo_observations(observations, until=newest))
    with closing(open_new(path)) as store:
        for days in range(6, -1, -1):
            run_night(Night(store, model, str(observations), newest - days * DAY, clock))


def make_many(path, folder, model):
    """Run one night of thousands of synthetic stations."""
    observations = folder / f"made-up-{MANY}" / f"{midnight():%Y%m%d}"
    once(observations, lambda: write_synthetic(observations, MANY, midnight(), quiet))
    with closing(open_new(path)) as store:
        run_night(Night(store, model, str(observations), midnight(), clock))


def make_odd(path):
    """Put a run of the odd stations, with PM2.5 and without ozone."""
    run = a_run(
        id=run_id(midnight(), 1),
        issue_time=midnight(),
        planned_at=clock(),
        parameters=("pm25", "o3"),
        stations=len(ODD_NAMES),
    )
    stations = [
        a_station(
            id=station_id,
            name=name,
            country="NP",
            latitude=10.0 * at,
            timezone="Asia/Kathmandu",
            **ATTRIBUTIONS.get(station_id, {}),
        )
        for at, (station_id, name) in enumerate(ODD_NAMES.items())
    ]
    medians = [hours_of(station)["p50"] for station in stations]
    with closing(open_new(path)) as store:
        store.put_many(item for station in stations for item in odd_items(run, station))
        store.put_many(
            [
                catalogue_item(run, 0, [StationEntry(station, ("pm25",)) for station in stations]),
                map_item(run, "pm25", 0, dumps(medians)),
                map_item(run, "o3", 0, dumps([None] * len(stations))),
            ]
        )
        store.put_many([too_few(run)])
        runs.put_run(store, run)
        runs.publish(store, run.id, clock())


def too_few(run):
    """Return the verification of the night before, with too few hours to say anything."""
    night = before(run.id, days=1)
    countries = {"NP": {"pm25": groups_of("pm25")}}
    return network_item(
        VerifiedNetwork(night, run.issue_time, run.id, run.id, 1, countries), by=run
    )


def hours_of(station):
    """Return 24 hourly forecasts of PM2.5, which rise slowly."""
    spread = zip(QUANTILES, (0.8, 1.0, 1.3), strict=True)
    return {
        name: [round(PM25[station.id] * factor + hour / 100, 1) for hour in range(24)]
        for name, factor in spread
    }


def odd_items(run, station):
    """Return the forecast and history items of an odd station."""
    forecast = a_forecast(
        run=run,
        station=station,
        values={"pm25": hours_of(station)},
        missing={"o3": "too_few_observations"},
        models={"pm25": "reference"} if station.id == FAR else {},
    )
    line = {
        "station_id": station.id,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "elevation": station.elevation,
        "issue_time": utc_text(run.issue_time),
        "history": {"pm25": [PM25[station.id]] * HISTORY_HOURS},
    }
    yield forecast_item(station.id, run, forecast.to_body())
    yield history_item(line, run)


def open_site(stack, path, name, endpoint):
    """Return the site in front of an API over a store; only `live` has a real-time model."""
    store = stack.enter_context(closing(open_new(path)))
    if name != "live":
        return Site(make_app(store, clock), DIST)
    settings = Settings(f"sqlite:///{path}", endpoint=f"sagemaker://{endpoint.name}")
    realtime = open_realtime(settings, store, clock, lambda _line: None)
    stack.enter_context(closing(realtime))
    return Site(make_app(store, clock, realtime), DIST)


async def serve(sites, told):
    """Serve the sites, print *told* with their addresses, and run until cancelled."""
    servers = []
    for name, site in sites.items():
        listener = socket.create_server(("127.0.0.1", 0))
        told[name]["url"] = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(site, log_level="warning"))
        servers.append(server.serve(sockets=[listener]))
    print(json.dumps(told), flush=True)  # noqa: T201 -- the browser tests read it
    await asyncio.gather(*servers)


def make_stores(folder, below):
    """Make the store of each site; return the paths."""
    model = demo_model(folder, quiet)
    paths = {name: below / f"{name}.db" for name in ("demo", "turning", "live", "odd", "empty")}
    make_demo(paths["demo"], folder, model, midnight())
    shutil.copy(paths["demo"], paths["turning"])
    # A real-time forecast needs observations of the last hours: at noon, midnight's are too old.
    make_demo(paths["live"], folder, model, hour())
    make_odd(paths["odd"])
    # This store takes half a minute, and no test writes to it: keep it for the day.
    paths["many"] = folder / f"website-{MANY}-{midnight():%Y%m%d}.db"
    if not paths["many"].exists():
        aside = paths["many"].with_suffix(".new")
        make_many(aside, folder, model)
        aside.rename(paths["many"])
    return paths


@click.command()
@click.option("--folder", required=True, type=click.Path(path_type=Path, file_okay=False))
def main(folder):
    """Make what is missing in FOLDER, and serve the sites."""
    with ExitStack() as stack:
        below = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stationcast-web-")))
        paths = make_stores(folder, below)
        variants = {"demo": str(folder / "model.tar.gz")}
        endpoint = stack.enter_context(running(Endpoint(variants=variants)))
        lead_boto3(endpoint.environment)
        sites = {name: open_site(stack, path, name, endpoint) for name, path in paths.items()}
        told = {name: {"store": f"sqlite:///{path}"} for name, path in paths.items()}
        told["live"]["faults"] = f"{endpoint.faults_url}/faults"
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(sites, told))


if __name__ == "__main__":
    main()
