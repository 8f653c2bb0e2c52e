"""What people write otherwise: ids in another case, lists with spaces."""

import pytest

from forecasts.item import StationEntry, catalogue_item
from tests.api.conftest import FIRST, SECOND
from tests.factories import a_station


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/v1/stations/jfk/forecast", "/v1/stations/JFK/forecast"),
        ("/v1/stations/nan:1/forecast", "/v1/stations/NAN%3A1/forecast"),
        ("/v1/stations/jFk/forecast?hours=3&tz=", None),
        ("/v1/stations/jFk/forecast?hours=3", "/v1/stations/JFK/forecast?hours=3"),
        (
            f"/v1/stations/jfk/forecast?run={FIRST.id}",
            f"/v1/stations/JFK/forecast?run={FIRST.id}",
        ),
        ("/v1/stations/jfk", "/v1/stations/JFK"),
        ("/v1/stations/nope", None),
    ],
)
def test_an_id_in_another_case(client, path, target):
    """The caller is sent to the station's own address, so that caches keep one answer."""
    response = client.get(path)

    assert response.headers.get("location") == target
    if target:
        assert response.status_code == 308
        assert response.headers["cache-control"] == "public, max-age=60"
        assert response.headers["access-control-allow-origin"] == "*"
        assert client.get(target).status_code == 200


def test_readings_for_an_id_in_another_case(asking):
    """A POST is redirected with its body, which 308 asks for."""
    response = asking.post("/v1/stations/jfk/forecast?hours=2", {"observations": []})

    assert response.status_code == 308
    assert response.headers["location"] == "/v1/stations/JFK/forecast?hours=2"


def test_a_list_finds_them(client):
    """A list has no address of its own, so it has the station itself."""
    response = client.get("/v1/forecasts?stations=jfk,nope,ZRH,Lga,silent")
    ids = [item["station"]["id"] for item in response.json()["items"]]

    assert ids == ["JFK", "nope", "ZRH", "LGA", "silent"]
    assert [("error" in item) for item in response.json()["items"]] == [
        False,
        True,
        False,
        False,
        True,
    ]


def test_two_ids_that_differ_by_case_only(client, store):
    """If two ids differ in case only, it is not clear which is meant, so neither is taken."""
    both = [StationEntry(a_station(id=i), ("temperature",)) for i in ("ab", "AB")]
    store.put_many([catalogue_item(SECOND, 0, both)])

    assert client.get("/v1/stations/aB/forecast").status_code == 404
    assert client.get("/v1/stations/ab").status_code == 200


@pytest.mark.parametrize(
    ("path", "spaced"),
    [
        ("/v1/forecasts?stations=JFK,ZRH", "/v1/forecasts?stations=JFK,%20ZRH"),
        (
            "/v1/stations/ZRH/forecast?parameters=pm25,temperature&quantiles=p10,0.9",
            "/v1/stations/ZRH/forecast?parameters=pm25%20,+temperature&quantiles=p10,%200.9",
        ),
        ("/v1/stations?near=40.7,-74", "/v1/stations?near=40.7,%20-74"),
        ("/v1/stations?bbox=-75,40,-73,41", "/v1/stations?bbox=-75,%2040,%20-73,%2041%20"),
    ],
)
def test_spaces_after_commas(client, path, spaced):
    """Spaces in a list mean nothing: it is the same request, with the same ETag."""
    first, second = client.get(path), client.get(spaced)

    assert first.status_code == 200
    assert (second.content, second.headers["etag"]) == (first.content, first.headers["etag"])


def test_an_empty_part_is_still_refused(client):
    """A space alone is not a parameter."""
    assert client.get("/v1/stations/JFK/forecast?parameters=pm25,%20").status_code == 422
