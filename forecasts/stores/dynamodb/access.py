"""How the table is reached: region, endpoint, credentials, certificates.

All of it is botocore's business, with one exception. In Lambda the environment says everything in
so many words, and asking botocore would cost a third of a cold start. With SnapStart the keys are
not in the environment but come from an address that botocore asks, again whenever they expire.
"""

from __future__ import annotations

import re
import ssl
from importlib.metadata import distribution
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from forecasts.errors import StoreError
from forecasts.stores.dynamodb.http import Server
from forecasts.stores.dynamodb.sigv4 import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Regions whose endpoints are all named alike; others are botocore's to know.
_REGION = re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+")

#: What must be there, by whichever name the function gets it, for the environment to say it all.
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

#: What botocore would honour beyond that.
_MORE = re.compile(
    r"AWS_(CONFIG_FILE|PROFILE|USE_FIPS_ENDPOINT|USE_DUALSTACK_ENDPOINT|ENDPOINT_URL"
    r"|IGNORE_CONFIGURED_ENDPOINT_URLS|ACCOUNT_ID_ENDPOINT_MODE)|(?i:(https?|all)_proxy)"
)


class Access(NamedTuple):
    """How the table is reached.

    Attributes:
        region: Where it is.
        endpoint: URL of DynamoDB.
        credentials: Gives those that are valid now; raises `StoreError` where there are none.
        certificates: Path of those that are trusted; None for those that botocore brings.
    """

    region: str
    endpoint: str
    credentials: Callable[[], Credentials]
    certificates: str | None = None


def lambda_access(environment: Mapping[str, str]) -> Access | None:
    """Read the access of a Lambda function out of its environment; None where more is to know."""
    given = {name: value for name, value in environment.items() if value}
    region = given.get("AWS_DEFAULT_REGION", "")
    if "AWS_LAMBDA_FUNCTION_NAME" not in given or not _REGION.fullmatch(region):
        return None
    if not given.keys() >= set(_KEYS) or any(map(_MORE.fullmatch, given)):
        return None
    key, secret = (given[name] for name in _KEYS)
    credentials = Credentials(key, secret, given.get("AWS_SESSION_TOKEN"))
    endpoint = given.get("AWS_ENDPOINT_URL_DYNAMODB", f"https://dynamodb.{region}.amazonaws.com")
    certificates = given.get("AWS_CA_BUNDLE", given.get("REQUESTS_CA_BUNDLE"))
    return Access(region, endpoint, lambda: credentials, certificates)


def server_of(access: Access) -> Server:
    """Read who is asked out of the URL of an endpoint.

    Raises:
        StoreError: It is no URL of a host, or there are no certificates where they should be.
    """
    endpoint = access.endpoint
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError as error:
        raise StoreError(f"Invalid endpoint: {endpoint}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise StoreError(f"Invalid endpoint: {endpoint}")
    if parts.scheme == "http":
        return Server(parts.hostname, port or 80, None)
    return Server(parts.hostname, port or 443, _context(access.certificates))


def host_of(server: Server) -> str:
    """Write the header Host, which leaves out the port that belongs to the scheme."""
    name = f"[{server.host}]" if ":" in server.host else server.host
    usual = 443 if server.context else 80
    return name if server.port == usual else f"{name}:{server.port}"


def _context(certificates: str | None) -> ssl.SSLContext:
    path = certificates or str(distribution("botocore").locate_file("botocore/cacert.pem"))
    try:
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        raise StoreError(f"{path}: no certificates to check DynamoDB by: {error}") from error
