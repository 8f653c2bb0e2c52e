"""A damaged item of the table is never sent, and costs only its own station."""

import pytest

from forecasts.gzip_bodies import compress
from forecasts.item import Item, forecast_key, history_key
from tests.api.conftest import SECOND, ZURICH, forecast_of

JFK = "/v1/stations/JFK/forecast"
SEVERAL = "/v1/forecasts?stations=JFK,ZRH"
NEAREST = "/v1/forecasts/nearest?latitude=40.6&longitude=-73.8&n=3"

#: What a fault of a disk or of a program makes of a stored body.
DAMAGES = {
    "a flipped bit": lambda body: body[:-20] + bytes([body[-20] ^ 4]) + body[-19:],
    "another checksum": lambda body: body[:-8] + bytes(4) + body[-4:],
    "cut short": lambda body: body[:-30],
    "more behind it": lambda body: body + b"more",
    "empty": lambda _body: b"",
}


@pytest.fixture(params=DAMAGES)
def damage(request, store):
    """The stored forecast of JFK is damaged."""
    item = store.get(forecast_key("JFK", SECOND.id))
    store.put_many([item._replace(body=DAMAGES[request.param](item.body))])


@pytest.mark.usefixtures("damage")
@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize("query", ["", "?hours=3"])
def test_never_sent(client, coding, query, caplog):
    """Every client gets an error that no cache keeps, again and again; the log names the item."""
    for _ in range(2):
        response = client.get(JFK + query, accept_encoding=coding)

        assert response.status_code == 500
        assert response.json()["type"] == "/problems/forecast-damaged"
        assert response.json()["detail"].startswith("the stored forecast of station 'JFK' in run")
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers
    assert "item S#JFK / F#20131231T0000Z-1 is damaged: " in caplog.text


@pytest.mark.usefixtures("damage")
@pytest.mark.parametrize("query", ["", "&parameters=temperature"])
@pytest.mark.parametrize("pinned", ["", f"&run={SECOND.id}"])
@pytest.mark.parametrize("path", [SEVERAL, NEAREST])
def test_a_list_names_it(client, path, query, pinned, caplog):
    """The other forecasts of a list are sent; the list is not kept, so that it can become whole."""
    response = client.get(path + query + pinned)
    by_id = {item["station"]["id"]: item for item in response.json()["items"]}

    assert response.status_code == 200
    assert by_id["JFK"]["error"]["type"] == "/problems/forecast-damaged"
    assert by_id["ZRH"]["run"]["id"] == SECOND.id
    assert response.headers["cache-control"] == "no-store"
    assert not {"etag", "last-modified"} & set(response.headers)
    assert "forecast-damaged, request_id" in caplog.text


@pytest.mark.usefixtures("damage")
@pytest.mark.parametrize("path", [SEVERAL, NEAREST])
@pytest.mark.parametrize(
    "condition",
    [{"if_none_match": "*"}, {"if_modified_since": "Fri, 31 Dec 2100 00:00:00 GMT"}],
)
def test_nothing_confirms_a_damaged_list(client, path, condition):
    """A list with a damaged forecast is sent, whatever the client has."""
    assert client.get(path, **condition).status_code == 200


@pytest.mark.usefixtures("damage")
def test_others_are_unharmed(client):
    """A lookup of another station is what the night wrote."""
    response = client.get("/v1/stations/ZRH/forecast")

    assert response.content == forecast_of(SECOND, ZURICH).to_body()


def test_a_mended_forecast_is_read(client, store):
    """As soon as the item is whole again, it is sent: a damaged one is not kept."""
    whole = store.get(forecast_key("JFK", SECOND.id))
    store.put_many([whole._replace(body=whole.body[:-9])])
    before = [client.get(JFK).status_code, client.get(SEVERAL).headers["cache-control"]]
    store.put_many([whole])

    assert before == [500, "no-store"]
    assert client.get(JFK).status_code == 200
    assert "etag" in client.get(SEVERAL).headers


@pytest.mark.usefixtures("damage")
def test_readings_for_a_damaged_forecast(asking):
    """A forecast from readings needs the stored one, so it fails in the same way."""
    response = asking.post(JFK, {"observations": []})

    assert response.json()["type"] == "/problems/forecast-damaged"


def test_a_body_that_is_no_forecast(client, store):
    """A body with a right checksum that is not JSON is found when a part of it is wanted."""
    item = store.get(forecast_key("JFK", SECOND.id))
    store.put_many([item._replace(body=compress(b"\xff{"))])
    first, second = client.get(f"{SEVERAL}&hours=1").json()["items"]

    assert first["error"]["type"] == "/problems/forecast-damaged"
    assert second["station"]["id"] == "ZRH"


def test_a_damaged_history(asking, store, caplog):
    """A history that cannot be read is like one that is missing: the nightly forecast answers."""
    store.put_many([Item(history_key("JFK", SECOND.id), b"damaged")])
    answer = asking.post(JFK, {"observations": []}).json()

    assert answer["source"] == "precomputed"
    assert answer["degraded"]["reason"] == "no_history"
    assert "not a packed history" in caplog.text
