"""What the API has to be told: where the forecasts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the API.

    Attributes:
        store: URL of the store that holds the forecasts (`STATIONCAST_STORE`).
    """

    store: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from environment variables.

        Raises:
            SettingsError: One is missing.
        """
        store = environment.get("STATIONCAST_STORE")
        if not store:
            advice = "give it the store's URL, e.g. dynamodb://stationcast"
            raise SettingsError("STATIONCAST_STORE", advice)
        return cls(store=store)
