"""Opens what the settings name: the real-time model, and the files of whole runs."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from api.errors import SettingsError
from api.reading.async_store import Runner
from api.reading.bucket_downloads import Bucket, BucketDownloads
from api.reading.downloads import Downloads, FolderDownloads
from api.realtime.client import CALLS, RealtimeModel
from api.realtime.journal import Journal
from api.realtime.protocol import Endpoint
from api.settings import BUCKET, Settings
from forecasts.aws.sigv4 import Credentials
from forecasts.errors import StoreError
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


def open_downloads(
    settings: Settings, clock: Callable[[], datetime], environment: Mapping[str, str]
) -> Downloads | None:
    """Open the files of whole runs where the settings say.

    Args:
        settings: Name the folder or bucket.
        clock: Gives the aware time of signatures.
        environment: The variables of the process, which say how to reach a bucket.

    Returns:
        None if the settings name no place.

    Raises:
        SettingsError: The region of the bucket is not set.
    """
    if settings.downloads is None:
        return None
    found = BUCKET.fullmatch(settings.downloads)
    if found is None:
        return FolderDownloads(Path(settings.downloads))
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not region:
        raise SettingsError("AWS_REGION", "is not set; write the region of the bucket")
    bucket = Bucket(
        name=found[1],
        prefix=found[2] or "",
        region=region,
        endpoint=environment.get("AWS_ENDPOINT_URL_S3"),
        certificates=environment.get("AWS_CA_BUNDLE"),
        credentials=_credentials(environment),
    )
    return BucketDownloads(bucket, clock)


def _credentials(environment: Mapping[str, str]) -> Callable[[], Credentials]:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    key, secret = (environment.get(name, "") for name in names)
    if key and secret:
        given = Credentials(key, secret, environment.get("AWS_SESSION_TOKEN"))
        return lambda: given
    # With SnapStart the keys are at an address, and change; botocore knows all the places.
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 -- only if they are needed
    from botocore.session import get_session  # noqa: PLC0415

    found = get_session().get_credentials()

    def fetched() -> Credentials:
        try:
            keys = found.get_frozen_credentials() if found else None
        except BotoCoreError as error:
            raise StoreError(f"S3: {error}") from error
        if keys is None:
            raise StoreError(f"S3: there are no credentials; set {' and '.join(names)}")
        return Credentials(keys.access_key or "", keys.secret_key or "", keys.token)

    return fetched


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
