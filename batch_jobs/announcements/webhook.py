"""A webhook: the event is sent to an address by POST, signed as Standard Webhooks asks for.

Whatever the receiver does, a try ends after `SECONDS`; redirects are not followed, and no more of
an answer is read than its first line. No error has the secret, or more of the address than the
host. This is written on sockets, because clients for HTTP resolve names by themselves, have no
limit for all of a request, and log addresses.
"""

import asyncio
import base64
import hmac
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

from batch_jobs.announcements.addresses import addresses_of
from batch_jobs.announcements.event import Event
from batch_jobs.errors import AnnouncementError

#: The longest that a try may take, from connecting to the status of the answer.
SECONDS = 10.0
#: Seconds to wait before the second and the third try.
WAITS = (2.0, 10.0)

_MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"
#: A receiver that is busy or out of order may answer later.
_PASSING = frozenset({408, 425, 429})
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([2-5][0-9]{2})[ \r\n]")


@dataclass(frozen=True)
class Webhook:
    """A receiver of events.

    Attributes:
        url: Its address, https; http for this machine alone.
        key: What its requests are signed with.
        clock: Gives the aware time, which is signed, too.
        sleep: Waits so many seconds.
        seconds: The longest that a try may take.
    """

    url: str = field(repr=False)
    key: bytes = field(repr=False)
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep
    seconds: float = SECONDS

    @property
    def name(self) -> str:
        """What it is called in messages; a path may have a secret of the receiver."""
        return f"webhook at {urlsplit(self.url).hostname}"

    def send(self, event: Event) -> None:
        """Send an event; try again if that may help.

        Raises:
            AnnouncementError: The receiver did not accept it.
        """
        tries = 0
        while True:
            wrong, may_pass = self._try(event, tries)
            if wrong is None:
                return
            if not may_pass or tries == len(WAITS):
                raise AnnouncementError(f"{wrong} (tries: {tries + 1})")
            self.sleep(WAITS[tries])
            tries += 1

    def _try(self, event: Event, tries: int) -> tuple[str | None, bool]:
        """Send an event once; return what is wrong, and whether that may pass."""
        url = urlsplit(self.url)
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
        try:
            addresses = addresses_of(host, port)
            # The next one each time: not every address of a name can be reached from everywhere.
            sending = self._post(event, url, addresses[tries % len(addresses)], port)
            return _judged(asyncio.run(sending))
        except TimeoutError:
            return f"no answer within {self.seconds:g} s", True
        except OSError as error:
            return f"no connection: {error.strerror or error}", True

    async def _post(self, event: Event, url: SplitResult, address: str, port: int) -> bytes:
        """Send an event to an address of the receiver; return the first line of its answer."""
        secure = url.scheme == "https"
        tls = ssl.create_default_context() if secure else None
        # The certificate must be that of the name, although the connection goes to an address.
        name = url.hostname if secure else None
        async with asyncio.timeout(self.seconds):
            reader, writer = await asyncio.open_connection(
                address, port, ssl=tls, server_hostname=name
            )
            try:
                writer.write(self._request(event, url))
                return await reader.readline()
            except ValueError:
                return b"a line without end"
            finally:
                writer.transport.abort()

    def _request(self, event: Event, url: SplitResult) -> bytes:
        at = int(self.clock().timestamp())
        target = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
        head = (
            f"POST {target} HTTP/1.1",
            f"host: {url.netloc}",
            "connection: close",
            "user-agent: stationcast",
            f"content-type: {_MEDIA_TYPE}",
            f"content-length: {len(event.body)}",
            f"webhook-id: {event.id}",
            f"webhook-timestamp: {at}",
            f"webhook-signature: {signature(self.key, event.id, at, event.body)}",
        )
        return "\r\n".join((*head, "", "")).encode() + event.body


def signature(key: bytes, event_id: str, at: int, body: bytes) -> str:
    """Sign a message as Standard Webhooks does: HMAC-SHA256 of id, seconds since 1970 and body.

    >>> key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{event_id}.{at}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def _judged(line: bytes) -> tuple[str | None, bool]:
    """Judge the first line of an answer: what is wrong, and whether that may pass."""
    found = _STATUS_LINE.match(line)
    if not found:
        # What it has sent is not shown: it may repeat what it got.
        return "its answer is not HTTP" if line else "it closed the connection", True
    status = int(found[1])
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return None, False
    if status < HTTPStatus.BAD_REQUEST:
        return f"it answers {status}: redirects are not followed, write the address itself", False
    return f"it answers {status}", status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR
