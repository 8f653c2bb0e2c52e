"""The settings of the API."""

import pytest

from api.errors import SettingsError
from api.settings import Settings


def test_store():
    """The URL of the store comes from the environment, what else is in there does not matter."""
    assert Settings.of({"STATIONCAST_STORE": "sqlite:///a.db", "HOME": "/"}).store == (
        "sqlite:///a.db"
    )


@pytest.mark.parametrize("environment", [{}, {"STATIONCAST_STORE": ""}])
def test_missing_store(environment):
    """Without a store the process does not start, and says which variable it misses."""
    with pytest.raises(SettingsError, match="STATIONCAST_STORE is not set"):
        Settings.of(environment)
