"""Endpoints that do not depend on any run."""

import pytest

from forecasts.parameter import PARAMETERS


@pytest.mark.parametrize("client_name", ["client", "failing_client", "empty_client"])
def test_health_touches_nothing(request, client_name):
    """The process is healthy whatever the store says, as long as its file is there."""
    response = request.getfixturevalue(client_name).get("/healthz")

    assert response.json() == {"status": "ok"}
    assert response.headers["cache-control"] == "no-store"


def test_parameters(failing_client):
    """All parameters are listed with their units, without reading the store."""
    items = failing_client.get("/v1/parameters").json()["items"]

    assert [item["code"] for item in items] == list(PARAMETERS)
    assert items[0] == {
        "code": "pm25",
        "name": "PM2.5",
        "unit": "µg/m³",
        "ucum": "ug/m3",
        "standard_name": PARAMETERS["pm25"].standard_name,
        "standard_name_uri": PARAMETERS["pm25"].standard_name_uri,
        "decimals": 1,
        "minimum": 0,
        "maximum": 2000,
        "aggregation": "mean",
    }


def test_links_of_the_index_work(client):
    """Every link of the index works."""
    links = client.get("/").json()["links"]

    assert {client.get(link).status_code for link in links.values()} == {200}


def test_docs_show_the_document(client):
    """The page for people loads the OpenAPI document."""
    response = client.get("/docs")

    assert "/openapi.json" in response.text
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/", "/v1/parameters", "/openapi.json", "/problems/not-found"])
def test_fixed_responses_are_cached(client, path):
    """Responses that only change with a release have an ETag, and are answered 304."""
    etag = client.get(path).headers["etag"]

    assert client.get(path, if_none_match=etag).status_code == 304
    assert client.get(path, if_none_match="*").status_code == 304
