"""The API and the website with a real-time model: the stand-in of an endpoint runs beside them."""

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from api.settings import Settings
from forecasts.downloads import location_of
from forecasts.stores.protocol import Store
from forecasts.times import utc_now as now
from local.serving.api import lead_boto3, serve_api
from local.standin.endpoint import Endpoint, RunningEndpoint, running


def serve_with_model(
    store_url: str,
    variant: tuple[str, Path],
    listener: socket.socket,
    journal: Path,
    announce: Callable[[Settings, Store, RunningEndpoint], object],
) -> None:
    """Serve until Ctrl-C.

    Args:
        store_url: The forecasts.
        variant: Name and artifact of the real-time model.
        listener: The address, from `listen`.
        journal: File for one line about each real-time answer.
        announce: Called as soon as everything is ready.

    Raises:
        StoreError: The store cannot be opened.
        EndpointError: The stand-in did not start.
    """
    settings = Settings(
        store_url, endpoint="sagemaker://stationcast", downloads=location_of(store_url, None)
    )
    name, artifact = variant
    with (
        running(Endpoint(variants={name: str(artifact)})) as standin,
        journal.open("a") as file,
    ):
        lead_boto3(standin.environment)
        serve_api(
            settings,
            now,
            listener,
            journal=partial(print, file=file, flush=True),
            announce=lambda store: announce(settings, store, standin),
        )
