"""What every response has in common: CORS, a request id, HEAD and OPTIONS."""

import asyncio

import pytest

from api.http.middleware import CommonHeaders

EVERY = [
    "/",
    "/v1/stations/JFK/forecast",
    "/v1/stations/JFK/forecast?hours=3",
    "/v1/forecasts?stations=JFK,X",
    "/v1/forecasts/nearest?latitude=1&longitude=1",
    "/v1/stations",
    "/v1/stations/JFK",
    "/v1/parameters",
    "/v1/runs",
    "/v1/runs/current",
    "/v1/runs/20131230T0000Z-1",
    "/v1/status",
    "/healthz",
    "/problems/not-found",
    "/openapi.json",
    "/docs",
]


@pytest.mark.parametrize("path", [*EVERY, "/nothing", "/v1/stations?limit=0"])
def test_cors_is_open(client, path):
    """Any origin may read any response, whether or not the request names its origin."""
    for headers in ({}, {"origin": "https://example.org"}):
        response = client.request("GET", path, headers)

        assert response.headers["access-control-allow-origin"] == "*"
        for name in ("Content-Range", "ETag", "Forecast-Run", "Forecast-Source", "X-Request-Id"):
            assert name in response.headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", [*EVERY, "/nothing"])
def test_head_is_get_without_body(client, path):
    """HEAD has the header fields of GET, including the length, and no body."""
    get, head = (client.request(method, path, {"x-request-id": "1"}) for method in ("GET", "HEAD"))

    assert head.status_code == get.status_code
    assert head.headers == get.headers
    assert head.content == b""


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/status", "GET, HEAD, OPTIONS"),
        ("/v1/stations/JFK/forecast", "GET, HEAD, POST, OPTIONS"),
        ("/v1/forecast", "POST, OPTIONS"),
        ("/nothing", "GET, HEAD, POST, OPTIONS"),
    ],
)
def test_options_is_a_preflight(client, path, methods):
    """OPTIONS lists the methods and lets any header through, for a day."""
    response = client.request("OPTIONS", path)

    assert response.status_code == 204
    assert response.headers["allow"] == methods
    assert response.headers["access-control-allow-methods"] == methods
    assert response.headers["access-control-allow-headers"] == "*"
    assert response.headers["access-control-max-age"] == "86400"
    assert response.content == b""


def test_not_modified_has_cors(client):
    """A browser may read a 304, too."""
    etag = client.get(EVERY[1]).headers["etag"]
    response = client.get(EVERY[1], if_none_match=etag)

    assert response.status_code == 304
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("sent", ["abc-1", "Root=1-5759e988-bd862e3fe1be46a994272793", "a" * 128])
def test_sane_request_id_is_kept(client, sent):
    """The response repeats the request id that the client sent."""
    assert client.get("/healthz", x_request_id=sent).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "a b", "<script>", "a" * 129, "a\tb"])
def test_other_request_id_is_made(client, sent):
    """A request id that could do harm in a log is replaced."""
    made = {client.get("/healthz", x_request_id=sent).headers["x-request-id"] for _ in range(2)}

    assert len(made) == 2
    assert sent not in made


def test_lifespan_messages_pass():
    """A server's lifespan messages reach the application unchanged."""
    seen = []

    async def inner(scope, receive, send):
        seen.append((scope, receive, send))

    asyncio.run(CommonHeaders(inner)({"type": "lifespan"}, 1, 2))

    assert seen == [({"type": "lifespan"}, 1, 2)]
