"""Valid and invalid stations."""

import pytest

from forecasts.errors import InvalidStationError
from forecasts.station import is_timezone
from tests.factories import A_STATION, a_station


@pytest.mark.parametrize("station_id", ["JFK", "2178", "us.aqs:36-061_0135", "a" * 64])
def test_ids(station_id):
    """Ids of OpenAQ, of airports and of national networks are valid."""
    assert a_station(id=station_id).id == station_id


@pytest.mark.parametrize("station_id", ["", "a" * 65, "-a", ".", "a b", "a/b", "a#b", "é", "a\n"])
def test_malformed_ids(station_id):
    """An id that is not safe in a path, a key or a spreadsheet cell is refused."""
    with pytest.raises(InvalidStationError, match="an id is 1 to 64 letters") as caught:
        a_station(id=station_id)

    assert caught.value.station_id == station_id
    assert caught.value.reason.startswith("an id is")


def test_long_ids_are_cut_in_errors():
    """An error does not repeat a megabyte of nonsense."""
    with pytest.raises(InvalidStationError) as caught:
        a_station(id="x" * 1_000_000)

    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("elevation", [float("nan"), float("inf")])
def test_elevation_that_is_no_number(elevation):
    """An elevation that JSON cannot hold is refused."""
    with pytest.raises(InvalidStationError, match=r"elevation .* is not a number"):
        a_station(elevation=elevation)


@pytest.mark.parametrize("latitude", [90.001, -90.001, float("nan"), float("inf")])
def test_latitude_off_the_globe(latitude):
    """A latitude beyond the poles, or that is not finite, is refused."""
    with pytest.raises(InvalidStationError, match=r"latitude .* is not within -90\.\.90"):
        a_station(latitude=latitude)


@pytest.mark.parametrize("longitude", [180.001, -180.001, float("nan"), float("-inf")])
def test_longitude_off_the_globe(longitude):
    """A longitude beyond the date line, or that is not finite, is refused."""
    with pytest.raises(InvalidStationError, match=r"longitude .* is not in -180\.\.180"):
        a_station(longitude=longitude)


def test_edges_of_the_globe():
    """The poles and the date line are valid."""
    edge = a_station(latitude=-90, longitude=180)

    assert (edge.latitude, edge.longitude) == (-90, 180)


@pytest.mark.parametrize("name", ["UTC", "Asia/Kathmandu", "America/Argentina/Ushuaia"])
def test_time_zones(name):
    """A station's time zone is one of the IANA database."""
    assert is_timezone(name)
    assert a_station(timezone=name).timezone == name


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "utc"])
def test_unknown_time_zones(name):
    """A time zone that is not in the IANA database is refused."""
    with pytest.raises(InvalidStationError, match="is not an IANA time zone"):
        a_station(timezone=name)


def test_station_cannot_be_changed():
    """A station is frozen."""
    with pytest.raises(AttributeError):
        A_STATION.name = "Idlewild"
