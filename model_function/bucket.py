"""Reading an object of S3 whole, with one signed request.

boto3's import and client would take longer than all the rest of a start of the function. What is
left out with them the function does not meet: Lambda puts keys and region into its environment, the
bucket is in the same region, and its name has no dots.
"""

from __future__ import annotations

import hmac
import re
from contextlib import suppress
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from model_function.errors import FetchError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_URL = re.compile(r"s3://([a-z0-9-]{3,63})/(.+)")

#: Seconds that S3 may be silent, and how often it is asked. Lambda gives a start ten seconds.
_SECONDS, _ATTEMPTS = 3, 3

_NOTHING = sha256(b"").hexdigest()

_OK, _FORBIDDEN, _MISSING, _FAULT = 200, 403, 404, 500


class _Request(NamedTuple):
    """A GET.

    Attributes:
        secure: Whether to speak TLS.
        host: With its port, unless that is the scheme's own.
        path: Encoded.
    """

    secure: bool
    host: str
    path: str


def fetch(url: str, environment: Mapping[str, str], now: datetime) -> bytes:
    """Return the content of an object.

    Args:
        url: `s3://bucket/key`.
        environment: Of the function: `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
            with `AWS_SESSION_TOKEN` and `AWS_ENDPOINT_URL_S3` where there are such.
        now: Aware UTC; dates the signature.

    Raises:
        SettingsError: The environment lacks a variable.
        FetchError: It is no such URL, or the object is not there, not whole, or out of reach.
    """
    found = _URL.fullmatch(url)
    if not found:
        raise FetchError(url, "not the URL of an object; write s3://bucket/key")
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not environment.get(name):
            raise SettingsError(name, "is not set; Lambda sets it")
    request = _request(found[1], found[2], environment)
    fields = signed(request.host, request.path, environment, now)
    try:
        status, body = _get_patiently(request, fields)
    except (OSError, HTTPException) as error:
        raise FetchError(url, f"S3 cannot be reached: {error!r}") from error
    if status != _OK:
        raise FetchError(url, _reason(status, body))
    return body


def signed(host: str, path: str, environment: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Return the header fields of a GET with Signature Version 4.

    Args:
        host: As the header Host has it.
        path: Encoded, without a query.
        environment: See `fetch`.
        now: UTC.
    """
    time = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{time[:8]}/{environment['AWS_REGION']}/s3/aws4_request"
    fields = {"host": host, "x-amz-content-sha256": _NOTHING, "x-amz-date": time}
    if token := environment.get("AWS_SESSION_TOKEN"):
        fields["x-amz-security-token"] = token
    names = ";".join(fields)
    lines = "".join(f"{name}:{value}\n" for name, value in fields.items())
    request = f"GET\n{path}\n\n{lines}\n{names}\n{_NOTHING}"
    text = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    key = f"AWS4{environment['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    who = f"Credential={environment['AWS_ACCESS_KEY_ID']}/{scope}"
    by = f"AWS4-HMAC-SHA256 {who}, SignedHeaders={names}, Signature={signature}"
    return {**fields, "authorization": by}


def _request(bucket: str, key: str, environment: Mapping[str, str]) -> _Request:
    path = "/" + quote(key, safe="/-_.~")
    if given := environment.get("AWS_ENDPOINT_URL_S3"):
        parts = urlsplit(given)
        return _Request(parts.scheme == "https", parts.netloc, f"/{bucket}{path}")
    region = environment["AWS_REGION"]
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return _Request(True, f"{bucket}.s3.{region}.{suffix}", path)  # noqa: FBT003 -- of TLS


def _get_patiently(request: _Request, fields: dict[str, str]) -> tuple[int, bytes]:
    for _ in range(_ATTEMPTS - 1):
        with suppress(OSError, HTTPException):
            status, body = _get(request, fields)
            if status < _FAULT:
                return status, body
    return _get(request, fields)


def _get(request: _Request, fields: dict[str, str]) -> tuple[int, bytes]:
    kind = HTTPSConnection if request.secure else HTTPConnection
    connection = kind(request.host, timeout=_SECONDS)
    try:
        connection.request("GET", request.path, headers=fields)
        answer = connection.getresponse()
        # Less than was announced is an error of http.client's.
        return answer.status, answer.read()
    finally:
        connection.close()


def _reason(status: int, body: bytes) -> str:
    code = re.search(r"<Code>(\w+)</Code>", body.decode(errors="replace"))
    said = f"S3 says {status}" + (f" {code[1]}" if code else "")
    if status == _MISSING:
        return f"there is no such object: {said}"
    if status == _FORBIDDEN:
        return f"the function's role may not read it: {said}"
    return said
