"""Opens the real-time model that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.realtime.client import CALLS, Realtime
from api.realtime.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from api.realtime.protocol import Endpoint
    from api.settings import Settings
    from forecasts.stores.protocol import Store

#: How much of the time limit boto3 gets. It gives up a little before the caller does, because
#: Lambda freezes the process with its answer, and a failure has to be counted before.
_PATIENCE = 0.95


def open_realtime(
    settings: Settings,
    store: Store,
    clock: Callable[[], datetime],
    write: Callable[[str], object],
) -> Realtime | None:
    """Open the real-time model that the settings name; None where they name none.

    Args:
        settings: Say where the endpoint is, and how it is asked.
        store: Holds the state of its circuit.
        clock: Gives the aware time.
        write: Takes a line of the journal.
    """
    if settings.endpoint is None:
        return None
    # Powertools is not imported where real time is switched off.
    from api.realtime.circuit_breaker import Breaker  # noqa: PLC0415

    journal = Journal(settings.service, clock, write)
    return Realtime(
        open_endpoint(settings.endpoint, _PATIENCE * settings.seconds, CALLS),
        Breaker(settings.endpoint, store, clock, journal.circuit),
        journal,
        seconds=settings.seconds,
        split=settings.split,
        routes=settings.routes,
    )


def open_endpoint(url: str, seconds: float, connections: int) -> Endpoint:
    """Open the endpoint of either kind that *url* names, as `Settings.endpoint` has it.

    Args:
        url: `sagemaker://name`, or `lambda://function` with or without `:alias`.
        seconds: Time limit of connecting, and of waiting for an answer.
        connections: Kept open at most.
    """
    kind, _, name = url.partition("://")
    # boto3 is imported with either, and only where real time is on.
    if kind == "lambda":
        from api.realtime.lambda_function import LambdaEndpoint  # noqa: PLC0415

        return LambdaEndpoint(name, seconds, connections)
    from api.realtime.sagemaker import SageMakerEndpoint  # noqa: PLC0415

    return SageMakerEndpoint(name, seconds, connections)
