"""Opens the store and the real-time model that the settings name."""

from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from api.reading.async_store import Runner
from api.realtime.client import CALLS, RealtimeModel
from api.realtime.journal import Journal
from api.realtime.protocol import Endpoint
from api.settings import Settings
from forecasts.stores.protocol import Store

#: The share of the time limit that a call has. It gives up a little before the caller does, because
#: Lambda freezes the process once it has answered, and the failure must be counted before.
_PATIENCE = 0.95


def open_realtime(
    settings: Settings,
    store: Store,
    clock: Callable[[], datetime],
    write: Callable[[str], object],
    runner: Runner = run_in_threadpool,
) -> RealtimeModel | None:
    """Open the real-time model that the settings name.

    Args:
        settings: The endpoint, and how to ask it.
        store: Holds the state of its circuit.
        clock: Gives the aware time.
        write: Takes a line of the journal.
        runner: Runs each read of the circuit, as in `api.app.make_app`.

    Returns:
        None if the settings name no endpoint.
    """
    if settings.endpoint is None:
        return None
    # Powertools is not imported if real time is switched off.
    from api.realtime.circuit_breaker import Breaker  # noqa: PLC0415

    journal = Journal(settings.service, clock, write)
    return RealtimeModel(
        open_endpoint(settings.endpoint, _PATIENCE * settings.seconds, CALLS),
        Breaker(settings.endpoint, store, clock, journal.circuit),
        journal,
        seconds=settings.seconds,
        split=settings.split,
        routes=settings.routes,
        runner=runner,
    )


def open_endpoint(url: str, seconds: float, connections: int) -> Endpoint:
    """Open the endpoint that *url* names.

    Args:
        url: `sagemaker://name`, or `lambda://function` with or without `:alias`.
        seconds: Time limit for a whole call.
        connections: The most connections kept open.
    """
    kind, _, name = url.partition("://")
    # Either imports boto3, so only if real time is on.
    if kind == "lambda":
        from api.realtime.lambda_function import LambdaEndpoint  # noqa: PLC0415

        return LambdaEndpoint(name, seconds, connections)
    from api.realtime.sagemaker import SageMakerEndpoint  # noqa: PLC0415

    return SageMakerEndpoint(name, seconds, connections)
