"""Signature Version 4: how AWS knows who asks, for the one kind of request that the reader sends.

That is a POST of JSON to the root of a service. botocore's signer takes any request, at ten times
the cost; the tests hold this one to it, byte for byte.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

#: AWS's own version of JSON.
CONTENT_TYPE = "application/x-amz-json-1.0"

_NAMES = "content-type;host;x-amz-date;x-amz-target"
_NAMES_OF_SESSION = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"


class Credentials(NamedTuple):
    """Who asks.

    Attributes:
        access_key: Names the key.
        secret_key: Signs; is never sent.
        token: Of a session, which temporary keys belong to; None for a key that lasts.
    """

    access_key: str
    secret_key: str
    token: str | None


class Signer:
    """Signs requests to one service in one region.

    Args:
        service: As AWS names it in signatures, e.g. `dynamodb`.
        region: Where the service is.
        host: As the header Host has it: with the port, unless that is its scheme's own.
    """

    def __init__(self, service: str, region: str, host: str) -> None:
        self._service = service
        self._region = region
        self._host = host
        self._keyed: tuple[str, str, hmac.HMAC] | None = None

    def fields(self, credentials: Credentials, now: datetime, target: str, body: bytes) -> str:
        """Write the header fields that sign a request, the signed ones among them.

        Args:
            credentials: Who asks.
            now: UTC.
            target: The operation, as the header X-Amz-Target has it.
            body: What is posted.
        """
        # As strftime would, at a third of the cost.
        time = now.isoformat()[:19].replace("-", "").replace(":", "") + "Z"
        day = time[:8]
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        names, token, token_field = _NAMES, "", ""
        if credentials.token:
            names = _NAMES_OF_SESSION
            token = f"x-amz-security-token:{credentials.token}\n"
            token_field = f"X-Amz-Security-Token: {credentials.token}\r\n"
        request = (
            f"POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{self._host}\nx-amz-date:{time}\n{token}"
            f"x-amz-target:{target}\n\n{names}\n{sha256(body).hexdigest()}"
        )
        digest = sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}"
        signature = self._signature(credentials.secret_key, day)
        signature.update(text.encode())
        return (
            f"Host: {self._host}\r\nContent-Type: {CONTENT_TYPE}\r\nX-Amz-Date: {time}\r\n"
            f"X-Amz-Target: {target}\r\n{token_field}"
            f"Authorization: AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature.hexdigest()}\r\n"
        )

    def _signature(self, secret: str, day: str) -> hmac.HMAC:
        """Begin a signature with the key of a day; the last key is kept, set up for signing."""
        keyed = self._keyed
        if keyed is None or keyed[0] != secret or keyed[1] != day:
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            # In one piece, for the sake of threads.
            self._keyed = keyed = (secret, day, hmac.new(key, digestmod="sha256"))
        return keyed[2].copy()
