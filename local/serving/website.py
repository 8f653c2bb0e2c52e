"""The built website in front of the API, on paths that the API does not use.

All files are read once and kept in memory: they are less than two megabytes. In AWS the same files
are in a bucket behind CloudFront, which sends the same header fields (`template.yaml`).
"""

import gzip
import mimetypes
import re
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.conditional import header, is_known, takes_gzip
from api.schemas.digest import digest

#: Where the built site may be: inside an installed package, or in a checkout after `make web`.
PLACES = (Path(__file__).parent / "site", Path(__file__).parents[2] / "web" / "dist")

#: What a page may load: only files from here, nothing inline, no HTML made of text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types default; frame-ancestors 'none'"
)

#: The one page that other sites may show in a frame.
EMBEDDED = "/embed.html"
EMBEDDED_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")

#: The page for addresses that nothing has.
NOT_FOUND = "/404.html"
#: How the paths begin whose errors are the API's, even in a browser.
OF_THE_API = ("/v1/", "/openapi.json", "/docs", "/problems/", "/healthz")

_SECURITY = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "geolocation=(self)",
    "cross-origin-opener-policy": "same-origin",
}

#: Files with a hash of their content in their name never change.
_HASHED = re.compile(r"assets/.+-[\w-]{8}\.\w+")
_FOR_EVER = "public, max-age=31536000, immutable"
#: Browsers may keep a page, but must ask whether it is current: it names the files above.
_ASK = "no-cache"


def built_site() -> Path | None:
    """Return the folder of the built website, or None if it was not built."""
    return next((place for place in PLACES if (place / "index.html").exists()), None)


class File(NamedTuple):
    """One file of the site.

    Attributes:
        body: Content.
        packed: The content in gzip; None if that is not shorter.
        headers: Header fields of the response.
        status: Status of the response.
    """

    body: bytes
    packed: bytes | None
    headers: dict[str, str]
    status: int = 200


class Site:
    """An ASGI application: the files of a folder, and the API for everything else.

    A browser that asks for what is neither gets a page that says so; programs get the API's error.

    Args:
        api: Answers requests for other paths.
        folder: The built site, `web/dist`.

    Raises:
        OSError: The folder cannot be read.
    """

    def __init__(self, api: ASGIApp, folder: Path) -> None:
        self._api = api
        paths = [path for path in folder.rglob("*") if path.is_file()]
        self._files = {_address(path, folder): _file(path, folder) for path in paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        file = self._file_of(scope) if scope["type"] == "http" else None
        if file is None:
            await self._api(scope, receive, send)
            return
        await _response(Request(scope), file)(scope, receive, send)

    def _file_of(self, scope: Scope) -> File | None:
        if scope["method"] not in ("GET", "HEAD"):
            return None
        # The API's index is at the same address: clients that do not accept HTML get that.
        path, is_browser = scope["path"], b"text/html" in header(Request(scope), b"accept")
        if path == "/" and not is_browser:
            return None
        if path in self._files or not is_browser or path.startswith(OF_THE_API):
            return self._files.get(path)
        return self._files.get(NOT_FOUND)


def _address(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    return "/" if name == "index.html" else f"/{name}"


def _file(path: Path, folder: Path) -> File:
    body = path.read_bytes()
    packed = gzip.compress(body, mtime=0)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    hashed = _HASHED.fullmatch(path.relative_to(folder).as_posix())
    headers = {
        "content-type": f"{kind}{charset}",
        "cache-control": _FOR_EVER if hashed else _ASK,
        "etag": f'W/"{digest(body.hex())}"',
        "vary": "Accept, Accept-Encoding",
        **_SECURITY,
    }
    if _address(path, folder) == EMBEDDED:
        headers["content-security-policy"] = EMBEDDED_POLICY
    status = 404 if _address(path, folder) == NOT_FOUND else 200
    return File(body, packed if len(packed) < len(body) else None, headers, status)


def _response(request: Request, file: File) -> Response:
    known = is_known(file.headers["etag"], header(request, b"if-none-match"))
    if known and file.status == HTTPStatus.OK:
        return Response(status_code=304, headers=file.headers)
    if file.packed and takes_gzip(header(request, b"accept-encoding")):
        headers = {**file.headers, "content-encoding": "gzip"}
        return Response(file.packed, file.status, headers=headers)
    return Response(file.body, file.status, headers=file.headers)
