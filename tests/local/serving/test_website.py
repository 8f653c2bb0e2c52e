"""The built website in front of the API."""

import asyncio
import gzip
from contextlib import closing

import pytest

from api.app import make_app
from forecasts.stores.sqlite import SQLiteStore
from local.serving import website as site
from local.serving.website import EMBEDDED, OF_THE_API, POLICY, Site, built_site
from tests.client import Client
from tests.stack import Stack

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
NO_PAGE = "<!doctype html><title>No such page</title>"
PAGE = "<!doctype html><title>Map</title>" + " " * 300


@pytest.fixture
def folder(tmp_path):
    """A small built site."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "station.html").write_text("<!doctype html>")
    (tmp_path / "embed.html").write_text("<!doctype html>")
    (tmp_path / "404.html").write_text(NO_PAGE)
    (tmp_path / "assets" / "points-C0SzwMME.js").write_text("export {};")
    return tmp_path


@pytest.fixture
def client(folder, clock, tmp_path_factory):
    """A client of the site, over an API without any forecast."""
    path = tmp_path_factory.mktemp("store") / "forecasts.db"
    with closing(SQLiteStore(str(path), clock, create=True)) as store:
        yield Client(Site(make_app(store, clock), folder))


def test_a_browser_gets_the_page(client):
    """At /, a browser gets the map, with a Vary header for caches."""
    response = client.get("/", accept="text/html,application/xhtml+xml,*/*;q=0.8")

    assert response.text == PAGE
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["vary"] == "Accept, Accept-Encoding"


def test_a_program_gets_the_index_of_the_api(client):
    """At /, other clients get the index of the API."""
    assert client.get("/", accept="*/*").json()["name"] == "Stationcast"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/station.html", "text/html"), ("/assets/points-C0SzwMME.js", "text/javascript")],
)
def test_media_types(client, path, kind):
    """Each file has its media type and the security policy."""
    headers = client.get(path).headers

    assert headers["content-type"].startswith(kind)
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("page", "policy"), [("/station.html", "WebsiteHeaders"), (EMBEDDED, "EmbeddedHeaders")]
)
def test_cloudfront_sends_the_same_policy(client, page, policy):
    """The template's CloudFront sends the same security headers as one machine."""
    made = Stack(Website="true").made("AWS::CloudFront::ResponseHeadersPolicy")
    config = made[policy]["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    custom = {
        each["Header"].lower(): each["Value"] for each in config["CustomHeadersConfig"]["Items"]
    }
    headers = client.get(page).headers

    sent = headers["content-security-policy"]
    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == sent
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == headers["referrer-policy"]
    assert {name: headers[name] for name in custom} == custom


def test_only_one_page_may_be_framed(client):
    """Other sites may show the page that is made for it, and no other."""
    framed = client.get(EMBEDDED).headers["content-security-policy"]

    assert framed == POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    assert framed != POLICY


def test_cloudfront_lets_one_page_be_framed():
    """CloudFront sends the other headers for that page only."""
    (made,) = Stack(Website="true").made("AWS::CloudFront::Distribution").values()
    config = made["DistributionConfig"]
    own = {
        each["PathPattern"]: each.get("ResponseHeadersPolicyId")
        for each in config["CacheBehaviors"]
    }

    assert own[EMBEDDED] == "EmbeddedHeaders"
    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == "WebsiteHeaders"
    assert {each for path, each in own.items() if path != EMBEDDED} == {None}


def test_how_long_files_may_be_kept(client):
    """Files with a hash in their name are kept for ever; pages are revalidated."""
    assert "immutable" in client.get("/assets/points-C0SzwMME.js").headers["cache-control"]
    assert client.get("/station.html").headers["cache-control"] == "no-cache"


def test_known_etag_is_not_modified(client):
    """A browser with the current page gets 304."""
    etag = client.get("/station.html").headers["etag"]
    response = client.get("/station.html", if_none_match=etag)

    assert (response.status_code, response.content) == (304, b"")


def test_gzip_where_it_is_shorter(client):
    """A page is compressed; a file that gzip would lengthen is not."""
    page = client.get("/", accept="text/html", accept_encoding="gzip")
    script = client.get("/assets/points-C0SzwMME.js", accept_encoding="gzip")

    assert page.headers["content-encoding"] == "gzip"
    assert int(page.headers["content-length"]) == len(gzip.compress(PAGE.encode(), mtime=0))
    assert "content-encoding" not in script.headers


@pytest.mark.parametrize(("method", "path"), [("GET", "/healthz"), ("HEAD", "/v1/parameters")])
def test_everything_else_is_the_api(client, method, path):
    """The API answers all other paths."""
    assert client.request(method, path).status_code == 200


@pytest.mark.parametrize("path", ["/nothing.html", "/../pyproject.toml", "/assets", "/assets/"])
def test_missing_files(client, path):
    """Files outside of the site cannot be read; missing files are a 404 of the API."""
    response = client.get(path)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/nothing.html", "/station/JFK", "/assets", "/404.html"])
def test_a_browser_gets_a_page_for_an_unknown_address(client, path):
    """It says that there is no such page, and never that it is unchanged."""
    response = client.get(path, accept=BROWSER)

    assert (response.status_code, response.text) == (404, NO_PAGE)
    assert response.headers["content-security-policy"] == POLICY
    assert client.get(path, accept=BROWSER, if_none_match="*").status_code == 404


@pytest.mark.parametrize("path", ["/v1/nothing", "/docs/nothing", "/problems/nothing"])
def test_errors_of_the_api_are_its_own_even_in_a_browser(client, path):
    """The API explains its errors itself."""
    response = client.get(path, accept=BROWSER)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_cloudfront_sends_the_same_paths_to_the_api():
    """What is the API's on one machine is the API's on AWS, but for the check of the process."""
    (made,) = Stack(Website="true").made("AWS::CloudFront::Distribution").values()
    behaviours = made["DistributionConfig"]["CacheBehaviors"]
    of_the_api = {
        each["PathPattern"].rstrip("*") for each in behaviours if each["TargetOriginId"] == "api"
    }

    assert of_the_api | {"/healthz"} == set(OF_THE_API)


def test_files_are_only_read(client):
    """Files answer only GET and HEAD."""
    assert client.request("DELETE", "/station.html").status_code in (404, 405)
    assert client.request("HEAD", "/station.html").content == b""


def test_other_protocols_are_passed_on(folder):
    """Scopes other than HTTP, such as lifespan, reach the API."""
    seen = []

    async def application(scope, _receive, _send):
        seen.append(scope["type"])

    asyncio.run(Site(application, folder)({"type": "lifespan"}, None, None))

    assert seen == ["lifespan"]


def test_only_a_built_site_is_served(folder, monkeypatch):
    """The site is found in one of its places, if it is built."""
    monkeypatch.setattr(site, "PLACES", (folder / "assets", folder))
    found = built_site()
    (folder / "index.html").unlink()

    assert found == folder
    assert built_site() is None
