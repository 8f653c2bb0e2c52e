"""The page to read the OpenAPI document on: Swagger UI from the package `fastapi-swagger`.

Browsers get every file of the page from this API, and a Content-Security-Policy holds them to that.
The package is used for its files alone; it follows the releases of Swagger UI.
"""

import base64
import hashlib
from functools import cache
from importlib import metadata, resources

from fastapi import APIRouter, Depends, HTTPException
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, Response

from api.dependencies import refuse_query
from api.reading.snapshot import CURRENT

_PACKAGE = "fastapi-swagger"

#: The files of the package that the page needs, with their media types.
_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}

_POLICY = (
    "default-src 'none'; script-src 'self' '{script}'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False, dependencies=[Depends(refuse_query)])


@router.get("/docs")
async def get_docs() -> Response:
    """Return a page to read the OpenAPI document and to try the endpoints."""
    html = _html()
    html.headers["content-security-policy"] = _POLICY.format(script=_inline_script(html.body))
    html.headers["cache-control"] = CURRENT
    return html


@router.get("/docs/{version}/{name}")
def get_docs_file(version: str, name: str) -> Response:
    """Return a file of the page; clients may keep it, as its address names the version.

    Raises:
        HTTPException: 404, if the installed version of the package has no such file.
    """
    if version != _version() or name not in _ASSETS:
        raise HTTPException(404)
    body = resources.files("fastapi_swagger").joinpath("resources", name).read_bytes()
    return Response(body, media_type=_ASSETS[name], headers={"cache-control": _FOR_EVER})


def _html() -> HTMLResponse:
    script, style, icon = (f"/docs/{_version()}/{name}" for name in _ASSETS)
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Stationcast API",
        swagger_js_url=script,
        swagger_css_url=style,
        swagger_favicon_url=icon,
    )


def _inline_script(html: bytes | memoryview) -> str:
    """Return the hash by which the policy allows the one inline script of *html*."""
    script = bytes(html).partition(b"<script>")[2].partition(b"</script>")[0]
    return f"sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}"


@cache
def _version() -> str:
    return metadata.version(_PACKAGE)
