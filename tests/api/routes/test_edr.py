"""OGC API EDR: what there is, held to OGC's own schemas and to edr-pydantic."""

import pytest
from edr_pydantic.capabilities import ConformanceModel, LandingPageModel
from edr_pydantic.collections import Collection, Collections, Instances

from api.app import make_app
from forecasts import runs
from forecasts.item import EXPIRY, catalogue_item
from tests import ogc
from tests.api.conftest import FIJI, FIRST, LOADED, SECOND, ZURICH, load
from tests.client import Client
from tests.factories import NOW, a_run

INSTANCES = "/edr/collections/forecasts/instances"

METADATA = {
    "/edr": ("landingPage", LandingPageModel),
    "/edr/conformance": ("confClasses", ConformanceModel),
    "/edr/collections": ("collections", Collections),
    "/edr/collections/forecasts": ("collection", Collection),
    "/edr/collections/observations": ("collection", Collection),
    INSTANCES: ("instances", Instances),
    f"{INSTANCES}/{FIRST.id}": ("collection", Collection),
}


@pytest.mark.parametrize(("path", "schema", "model"), [(p, *of) for p, of in METADATA.items()])
def test_metadata_are_valid(client, path, schema, model):
    """Each answer is valid, with `f=json` or without, and has an ETag."""
    answer = client.get(path)

    ogc.check(schema, answer.json())
    model.model_validate_json(answer.content)
    assert client.get(f"{path}?f=json").json() == answer.json()
    assert client.get(path, if_none_match=answer.headers["etag"]).status_code == 304


def links(answer):
    """Return all links of an answer, by their addresses."""
    if isinstance(answer, dict):
        own = [answer] if "href" in answer else []
        return own + [link for each in answer.values() for link in links(each)]
    return [link for each in answer for link in links(each)] if isinstance(answer, list) else []


def test_links_lead_somewhere(client):
    """From the index on, each link leads to an address with the media type that it names.

    A query that has to name a place is refused without one.
    """
    waiting, seen = [client.get("/").json()["links"]["edr"]], {}
    while waiting:
        address = waiting.pop()
        answer = client.get(address)
        seen[address] = answer.headers["content-type"]
        if answer.status_code == 400:
            assert address.endswith(("/position", "/radius", "/area"))
        elif address.startswith("/edr") and "json" in seen[address]:
            found = [link["href"] for link in links(answer.json())]
            waiting += [href for href in found if href not in {*seen, *waiting}]

    assert {"/openapi.json", "/docs", f"{INSTANCES}/{FIRST.id}/locations"} <= set(seen)


def test_links_have_the_host_of_the_setting(store, clock):
    """An API that knows its own address writes it into all links, whatever the header Host says."""
    client = Client(make_app(store, clock, public_url="https://forecasts.example.org"))
    paths = ["/edr", "/edr/collections", INSTANCES, "/edr/collections/forecasts/locations?limit=1"]
    found = [link["href"] for path in paths for link in links(client.get(path).json())]
    (feature, *_) = client.get(paths[-1]).json()["features"]

    assert len(found) > len(paths)
    for address in (*found, feature["properties"]["edrqueryendpoint"]):
        assert address.startswith("https://forecasts.example.org/")


def test_conformance(client):
    """The classes of the issue are there."""
    classes = client.get("/edr/conformance").json()["conformsTo"]

    for name in ("core", "collections", "json", "covjson", "edr-geojson", "queries", "oas31"):
        assert f"https://www.opengis.net/spec/ogcapi-edr-1/1.2/conf/{name}" in classes


def test_extents(client):
    """A collection says where its stations are, and which hours it has."""
    forecasts, observations = client.get("/edr/collections").json()["collections"]
    west, south, east, north = forecasts["extent"]["spatial"]["bbox"][0]

    assert (south, east) == (FIJI.latitude, FIJI.longitude)
    assert west < -73
    assert north == ZURICH.latitude
    assert forecasts["extent"]["temporal"]["interval"] == [
        ["2013-12-31T01:00:00Z", "2014-01-01T00:00:00Z"]
    ]
    assert observations["extent"]["temporal"]["values"] == ["R167/2013-12-24T01:00:00Z/PT1H"]
    assert "temperature_p50" in forecasts["parameter_names"]
    assert "temperature" in observations["parameter_names"]
    assert "instances" not in observations["data_queries"]


def test_a_notice_is_said(store, clock):
    """The weather of a run that is not real is marked."""
    run = a_run(notice="Weather of 2013, moved to today.")
    load(store, run)
    runs.publish(store, run.id, NOW)
    described = Client(make_app(store, clock)).get("/edr/collections/forecasts").json()

    assert described["description"].endswith(run.notice)


def test_a_run_without_stations(empty_store, clock):
    """A collection without stations is anywhere."""
    run = a_run()
    empty_store.put_many([catalogue_item(run, 0, [])])
    runs.put_run(empty_store, run)
    runs.publish(empty_store, run.id, NOW)
    described = Client(make_app(empty_store, clock)).get("/edr/collections/forecasts").json()

    assert described["extent"]["spatial"]["bbox"] == [[-180, -90, 180, 90]]


def test_instances_are_the_published_runs(client, store, clock):
    """Runs that were rolled back are instances; others, and those without forecasts, are not."""
    runs.rollback(store, clock.now)
    names = [each["id"] for each in client.get(INSTANCES).json()["instances"]]

    assert names == [SECOND.id, FIRST.id]
    clock.now = FIRST.planned_at + EXPIRY
    assert [each["id"] for each in client.get(INSTANCES).json()["instances"]] == [SECOND.id]


@pytest.mark.parametrize("run_id", [LOADED.id, "20200101T0000Z-1", "yesterday"])
@pytest.mark.parametrize(
    "path", ["", "/locations", "/locations/JFK", "/position?coords=POINT(0 0)"]
)
def test_unknown_instances(client, run_id, path):
    """An instance that was never published, or has expired, is not found."""
    answer = client.get(f"{INSTANCES}/{run_id}{path}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/run-not-found"


@pytest.mark.parametrize("path", ["", "/locations", "/locations/JFK", "/area?coords=x"])
def test_unknown_collections(client, path):
    """A collection that there is not is answered with those that there are."""
    answer = client.get(f"/edr/collections/forecast{path}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/collection-not-found"
    assert answer.json()["suggestions"] == ["forecasts"]
    assert client.get("/edr/collections/x").json()["suggestions"] == ["forecasts", "observations"]


def test_before_the_first_night(empty_client):
    """Without a run there is nothing to describe; the landing page is there."""
    assert empty_client.get("/edr").status_code == 200
    assert empty_client.get("/edr/collections").status_code == 503
    assert empty_client.get(INSTANCES).json()["instances"] == []


def test_unknown_query(client):
    """A query parameter that is not taken is refused."""
    answer = client.get("/edr/collections?format=json")

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/unknown-parameter"
