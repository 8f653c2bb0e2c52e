"""The settings of the API, from environment variables."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.errors import SettingsError
from api.realtime.routing import CallerSplit, ModelRoutes, read_routes, read_split
from forecasts.downloads import location_of
from forecasts.public_url import PUBLIC_URL, public_url
from forecasts.stores.open import DynamoDBClient

#: A SageMaker endpoint, or a Lambda function with or without its alias or version.
_ENDPOINT = re.compile(
    r"sagemaker://[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}|lambda://[a-zA-Z0-9_-]{1,64}(:[a-zA-Z0-9_-]{1,128})?"
)

#: A bucket, and a prefix or none.
BUCKET = re.compile(r"s3://([a-z0-9-]{3,63})(?:/([^/]+(?:/[^/]+)*)/?)?")

#: The longest time limit of an answer. API Gateway waits 30 s, the function 15 s.
MOST_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the API.

    Attributes:
        store: URL of the store that holds the forecasts (`STATIONCAST_STORE`).
        endpoint: URL of the real-time endpoint (`STATIONCAST_ENDPOINT`): `sagemaker://name`, or
            `lambda://function` with or without `:alias`; None if real time is switched off.
        seconds: Time limit of the endpoint (`STATIONCAST_ENDPOINT_SECONDS`).
        split: The production variants and the split of callers (`STATIONCAST_VARIANTS`,
            `depth5=95,depth10=5`); None leaves the choice to the endpoint.
        routes: The routing table of a multi-model endpoint (`STATIONCAST_MODELS`,
            `pm25=pm25.tar.gz,pm25/US=pm25.US.tar.gz`); None if one model forecasts everything.
        dynamodb_client: What reaches DynamoDB (`STATIONCAST_DYNAMODB_CLIENT`): `direct` or `boto3`.
        downloads: Location of the files of whole runs (`STATIONCAST_DOWNLOADS`): a folder or
            `s3://bucket/prefix`; beside the file of a SQLite store by default. None if there are
            none, as with `off`.
        public_url: Where clients reach the API (`STATIONCAST_PUBLIC_URL`), for links that are read
            elsewhere; "" leaves the host out of them.
        service: Name of the service in log lines and metrics (`POWERTOOLS_SERVICE_NAME`).
    """

    store: str
    endpoint: str | None = None
    seconds: float = 2.0
    split: CallerSplit | None = None
    routes: ModelRoutes | None = None
    dynamodb_client: DynamoDBClient = DynamoDBClient.DIRECT
    downloads: str | None = None
    public_url: str = ""
    service: str = "stationcast"

    def __post_init__(self) -> None:
        """Refuse variants and target models for a Lambda function, which has neither.

        Raises:
            SettingsError: They are set for a Lambda function.
        """
        if self.endpoint is None or not self.endpoint.startswith("lambda://"):
            return
        for name, value in (("VARIANTS", self.split), ("MODELS", self.routes)):
            if value is not None:
                advice = "is for SageMaker endpoints; a Lambda function has one model: leave it out"
                raise SettingsError(f"STATIONCAST_{name}", advice)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings from environment variables; an empty one counts as missing.

        Raises:
            SettingsError: The store is missing, a setting is malformed, or two do not fit.
            StoreSettingError: There is no such DynamoDB client.
        """
        given = {name: value for name, value in environment.items() if value}
        if "STATIONCAST_STORE" not in given:
            advice = "is not set; give it the store's URL, e.g. dynamodb://stationcast"
            raise SettingsError("STATIONCAST_STORE", advice)
        return cls(
            store=given["STATIONCAST_STORE"],
            endpoint=_endpoint(given.get("STATIONCAST_ENDPOINT")),
            seconds=_seconds(given.get("STATIONCAST_ENDPOINT_SECONDS", "2")),
            split=read_split(given["STATIONCAST_VARIANTS"])
            if "STATIONCAST_VARIANTS" in given
            else None,
            routes=read_routes(given["STATIONCAST_MODELS"])
            if "STATIONCAST_MODELS" in given
            else None,
            dynamodb_client=DynamoDBClient.of(given),
            downloads=location_of(
                given["STATIONCAST_STORE"], _downloads(given.get("STATIONCAST_DOWNLOADS"))
            ),
            public_url=_public_url(given.get(PUBLIC_URL, "")),
            service=given.get("POWERTOOLS_SERVICE_NAME", "stationcast"),
        )


def _endpoint(url: str | None) -> str | None:
    if url is None:
        return None
    if not _ENDPOINT.fullmatch(url):
        advice = f"is {url!r}; write sagemaker://endpoint-name or lambda://function"
        raise SettingsError("STATIONCAST_ENDPOINT", advice)
    return url


def _downloads(location: str | None) -> str | None:
    if location and location.startswith("s3:") and not BUCKET.fullmatch(location):
        advice = f"is {location!r}; write s3://bucket/prefix, where the bucket's name has no dots"
        raise SettingsError("STATIONCAST_DOWNLOADS", advice)
    return location


def _public_url(text: str) -> str:
    try:
        return public_url(text)
    except ValueError as error:
        raise SettingsError(PUBLIC_URL, str(error)) from error


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= MOST_SECONDS:
        reason = f"is {text!r}; give it a number of seconds up to {MOST_SECONDS}"
        raise SettingsError("STATIONCAST_ENDPOINT_SECONDS", reason)
    return seconds
