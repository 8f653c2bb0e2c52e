"""The page at /docs: everything it names is served here, and its policy allows nothing else."""

import base64
import hashlib
import re
import subprocess
import sys

import pytest
from fastapi import FastAPI

from api.routes.docs import router
from tests.client import Client


@pytest.fixture
def client():
    """A client of an application that has only this page."""
    app = FastAPI(docs_url=None)
    app.include_router(router)
    return Client(app)


def addresses(html):
    """Return what a page refers to, by the end of its name."""
    found = re.findall(r'(?:src|href)="([^"]+)"', html)
    return {address.rpartition("/")[2]: address for address in found}


def test_everything_the_page_names_is_served(client):
    """Script, style and icon are served from this host, with the right type and not too large."""
    named = addresses(client.get("/docs").text)
    served = {name: client.get(address) for name, address in named.items()}

    assert all(address.startswith("/docs/") for address in named.values())
    assert {name: answer.headers["content-type"] for name, answer in served.items()} == {
        "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
        "swagger-ui.css": "text/css; charset=utf-8",
        "favicon-32x32.png": "image/png",
    }
    assert all(answer.is_success for answer in served.values())
    # API Gateway passes on 6 MB at most.
    assert 1_000_000 < len(served["swagger-ui-bundle.js"].content) < 3_000_000


def test_assets_are_kept_and_the_page_is_not(client):
    """An asset's address has its version, so it is immutable; the page itself is revalidated."""
    page = client.get("/docs")
    style = client.get(addresses(page.text)["swagger-ui.css"])

    assert "immutable" in style.headers["cache-control"]
    assert "max-age=300" in page.headers["cache-control"]


def test_the_policy_allows_one_inline_script(client):
    """The policy allows the page's script by its hash, no other inline code and no other host."""
    page = client.get("/docs")
    policy = page.headers["content-security-policy"]
    (script,) = re.findall("<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "path", ["/docs/0.0.1/swagger-ui.css", "/docs/{version}/__init__.py", "/docs/{version}/a/b"]
)
def test_other_files_are_not_served(client, path):
    """A file of another version, or one that the page does not need, is not found."""
    version = addresses(client.get("/docs").text)["swagger-ui.css"].split("/")[2]

    assert client.get(path.format(version=version)).status_code == 404


def test_the_page_is_not_part_of_the_api(client):
    """OpenAPI does not mention it."""
    assert client.get("/openapi.json").json()["paths"] == {}


def test_the_package_is_imported_when_it_is_needed():
    """The package is loaded at the first request for the page."""
    program = "import sys, api.routes.docs; print('fastapi_swagger' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == "False"
