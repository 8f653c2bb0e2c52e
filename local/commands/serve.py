"""`stationcast serve`: the API and the website over a store."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecasts.runs import current_pointer
from forecasts.times import utc_now as now
from local.commands.options import DOWNLOADS_HELP, host_option, port_option, store_option

if TYPE_CHECKING:
    import socket

    from api.settings import Settings
    from forecasts.stores.protocol import Store

# uvicorn and FastAPI take half a second to import, and most commands do not need them.
# ruff: noqa: PLC0415


@click.command()
@store_option
@host_option
@port_option
@click.option(
    "--endpoint",
    "STATIONCAST_ENDPOINT",
    envvar="STATIONCAST_ENDPOINT",
    show_envvar=True,
    help="The real-time model: sagemaker://name or lambda://function.  [default: no real time]",
)
@click.option(
    "--seconds",
    "STATIONCAST_ENDPOINT_SECONDS",
    envvar="STATIONCAST_ENDPOINT_SECONDS",
    show_envvar=True,
    help="Time limit for the real-time model.  [default: 2]",
)
@click.option(
    "--variants",
    "STATIONCAST_VARIANTS",
    envvar="STATIONCAST_VARIANTS",
    show_envvar=True,
    help="The model's variants, and how to split callers between them: depth5=95,depth10=5",
)
@click.option(
    "--models",
    "STATIONCAST_MODELS",
    envvar="STATIONCAST_MODELS",
    show_envvar=True,
    help="The models of a multi-model endpoint: pm25=pm25.tar.gz,pm25/US=pm25.US.tar.gz",
)
@click.option(
    "--public-url",
    "STATIONCAST_PUBLIC_URL",
    envvar="STATIONCAST_PUBLIC_URL",
    show_envvar=True,
    help="Where clients reach the API, such as https://example.org, for the links of the feed.  "
    "[default: links without a host]",
)
@click.option(
    "--downloads",
    "STATIONCAST_DOWNLOADS",
    envvar="STATIONCAST_DOWNLOADS",
    show_envvar=True,
    metavar="LOCATION",
    help=DOWNLOADS_HELP,
)
@click.option(
    "--journal",
    default="-",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    show_default="standard output",
    help="File for one line about each real-time answer.",
)
def serve(store_url: str, host: str, port: int, journal: Path, **settings: str | None) -> None:
    """Serve the API and the website until Ctrl-C.

    \b
    Examples:
      stationcast serve
      stationcast serve --store sqlite:///forecasts.db --port 8080
      stationcast serve --store dynamodb://stationcast --downloads s3://bucket/downloads
      stationcast serve --endpoint sagemaker://stationcast --journal journal.jsonl
    """
    from api.errors import SettingsError
    from api.settings import Settings
    from local.serving.api import listen, serve_api

    given = {name: value for name, value in settings.items() if value}
    try:
        read = Settings.of({**given, "STATIONCAST_STORE": store_url})
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    with listen(host, port) as listener, click.open_file(str(journal), "a") as file:
        serve_api(
            read,
            now,
            listener,
            journal=partial(click.echo, file=file),
            announce=lambda store: _announce(read, store, address_of(listener)),
        )


def address_of(listener: socket.socket) -> str:
    """Return the URL of a server."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def served(settings: Settings, store: Store, address: str) -> str:
    """Describe what is served, and where, in five lines."""
    from local.serving.website import built_site

    pointer = current_pointer(store)
    run = f"run {pointer.current}" if pointer else "no run yet: `stationcast nightly` publishes one"
    website = f"{address}/" if built_site() else "not built: install Node.js, then see `make web`"
    return (
        f"Serving on {address}\n\n"
        f"  Forecasts  {settings.store}, {run}\n"
        f"  Real time  {settings.endpoint or 'off; --endpoint turns it on'}\n"
        f"  Website    {website}\n"
        f"  API        {address}/docs\n"
    )


def _announce(settings: Settings, store: Store, address: str) -> None:
    # Standard output may be the journal.
    click.echo(f"{served(settings, store, address)}\nCtrl-C stops.", err=True)
