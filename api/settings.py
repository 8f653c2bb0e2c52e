"""What the API has to be told: where the forecasts are, and whom to ask for others."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.errors import SettingsError
from api.routes import Routes, Split, read_routes, read_split

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDPOINT = re.compile(r"sagemaker://([a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62})")

#: The longest that an answer may take. API Gateway waits 30 s, the function 15 s.
MOST_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the API.

    Attributes:
        store: URL of the store that holds the forecasts (`STATIONCAST_STORE`).
        endpoint: Name of the SageMaker endpoint (`STATIONCAST_ENDPOINT`, `sagemaker://name`); None
            when real time is switched off.
        seconds: How long an answer of the endpoint may take (`STATIONCAST_ENDPOINT_SECONDS`).
        split: The production variants and the split of callers (`STATIONCAST_VARIANTS`,
            `depth5=95,depth10=5`); None to leave the choice to the endpoint.
        routes: The routing table of a multi-model endpoint (`STATIONCAST_MODELS`,
            `pm25=pm25.tar.gz,pm25/US=pm25.US.tar.gz`); None where one model forecasts everything.
        service: Stands in log lines and metrics (`POWERTOOLS_SERVICE_NAME`).
    """

    store: str
    endpoint: str | None = None
    seconds: float = 2.0
    split: Split | None = None
    routes: Routes | None = None
    service: str = "stationcast"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from environment variables; an empty one counts as missing.

        Raises:
            SettingsError: The store is missing, or one is malformed.
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
            service=given.get("POWERTOOLS_SERVICE_NAME", "stationcast"),
        )


def _endpoint(url: str | None) -> str | None:
    if url is None:
        return None
    found = _ENDPOINT.fullmatch(url)
    if not found:
        advice = f"names no endpoint: {url!r}; write sagemaker://endpoint-name"
        raise SettingsError("STATIONCAST_ENDPOINT", advice)
    return found[1]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= MOST_SECONDS:
        reason = f"is {text!r}; give it a number of seconds up to {MOST_SECONDS}"
        raise SettingsError("STATIONCAST_ENDPOINT_SECONDS", reason)
    return seconds
