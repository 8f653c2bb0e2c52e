"""Requests to a source: its rate limit is kept by design, and a busy service is asked again.

Waiting is passed in, counted and shown. An error names the source, what happened and what to do; it
never has a query or a header, because keys travel there.
"""

import math
import random
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from batch_jobs.errors import SourceError
from batch_jobs.feeds.source import Tally

#: Whom to ask about these requests.
USER_AGENT = "stationcast"
#: A service that is busy or out of order now may not be so later.
_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
#: Seconds of the first wait before another try, at most; it doubles.
_FIRST_WAIT = 2.0
_LONGEST_WAIT = 60.0
#: Shorter waits are not shown.
_SHOWN = 3.0
_HOUR = 3600.0
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True)
class Timer:
    """How time passes, in seconds.

    Attributes:
        now: A clock that never jumps.
        sleep: Waits.
        jitter: A random number from 0 to 1, so that many clients do not come back at once.
        until: When a fetch must have ended; no request begins later, and none is waited for.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    until: float = math.inf


@dataclass(frozen=True)
class Limits:
    """What a client keeps to.

    Attributes:
        seconds_between: From the begin of a request to that of the next.
        budget: Seconds that may be lost by failed tries and the waits after them, in a whole fetch.
        timeout: Seconds of silence after which a request has failed.
        longest: Seconds after which a request has failed even if bytes still drip.
        per_hour: Requests in any hour; None if their number does not matter.
    """

    seconds_between: float
    budget: float = 180.0
    timeout: float = 60.0
    longest: float = 600.0
    per_hour: int | None = None


class SourceClient:
    """Sends GET requests to one service.

    Args:
        source: Name of the source, for messages.
        url: Address of the service.
        limits: What it keeps to.
        tally: Counts requests and waiting.
        timer: How time passes.
        headers: Sent with every request to this address, and to no other.
        refused: What to do if the service refuses them.

    Raises:
        SourceError: *url* is not an address.
    """

    def __init__(
        self,
        source: str,
        url: str,
        limits: Limits,
        tally: Tally,
        timer: Timer,
        headers: Mapping[str, str] | None = None,
        refused: str = "check the key",
    ) -> None:
        self._source = source
        self._host = _host(source, url)
        self._limits = limits
        self._tally = tally
        self._timer = timer
        self._next = timer.now()
        self._refused = refused
        self._sent = deque[float](maxlen=limits.per_hour or 0)
        self._budget = limits.budget
        # Redirects are not followed: headers of ours, such as a key, would go to another address.
        self._client = httpx.Client(
            base_url=url,
            headers={"user-agent": USER_AGENT, **(headers or {})},
            timeout=limits.timeout,
            verify=_certificates(),
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def get(
        self,
        path: str,
        query: Mapping[str, str],
        fault: Callable[[bytes], str | None] = lambda _: None,
    ) -> bytes:
        """Return the body of an answer.

        Args:
            path: Below the address of the service.
            query: Parameters.
            fault: Says what is wrong with a body, None if nothing is. A faulty one is asked for
                again, as one that breaks off is.

        Raises:
            SourceError: The service refuses the request; or it is busy, silent or faulty, and the
                budget of waiting, or the time of the fetch, is used up.
        """
        tries = 0
        while True:
            begun = self._turn()
            tries += 1
            self._tally.requests += 1
            body, what, wait = self._try(path, query, fault)
            if what is None:
                return body
            if wait is None:
                longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (tries - 1))
                wait = longest * self._timer.jitter()
            self._budget -= self._timer.now() - begun + wait
            if self._budget < 0:
                raise self._error(f"{what}, after {tries} tries", "try again later")
            self._wait(wait, what)

    def _turn(self) -> float:
        """Wait until a request may be sent; return the time."""
        self._wait(self._next - self._timer.now(), "keeps to its limit of requests")
        if self._sent and len(self._sent) == self._sent.maxlen:
            hour = self._sent[0] + _HOUR - self._timer.now()
            self._wait(hour, f"{self._sent.maxlen} requests an hour are allowed")
        begun = self._timer.now()
        self._next = begun + self._limits.seconds_between
        self._sent.append(begun)
        return begun

    def _try(
        self, path: str, query: Mapping[str, str], fault: Callable[[bytes], str | None]
    ) -> tuple[bytes, str | None, float | None]:
        """Return a body; or what is wrong, and the seconds after which the service may answer."""
        try:
            with self._client.stream("GET", path, params=dict(query)) as answer:
                body = self._body(answer)
        except httpx.RequestError as error:
            return b"", f"no complete answer ({type(error).__name__})", None
        if self._tally.server_time is None:
            self._tally.server_time = _date(answer)
        if answer.status_code in _TRY_AGAIN:
            return b"", _status(answer), _told(answer)
        if not answer.is_success:
            raise self._error(_status(answer), self._advice(answer, body), answer.status_code)
        if answer.headers.get("x-ratelimit-remaining") == "0":
            self._next = max(self._next, self._timer.now() + (_told(answer) or 0.0))
        return body, fault(body), None

    def _body(self, answer: httpx.Response) -> bytes:
        end = min(self._timer.now() + self._limits.longest, self._timer.until)
        chunks = []
        for chunk in answer.iter_bytes():
            chunks.append(chunk)
            if self._timer.now() > end:
                raise httpx.ReadTimeout("it takes too long")
        return b"".join(chunks)

    def _wait(self, seconds: float, why: str) -> None:
        if self._timer.now() + max(0.0, seconds) >= self._timer.until:
            raise self._error(f"no time is left ({why})", "the next fetch goes on from here")
        if seconds <= 0:
            return
        if seconds >= _SHOWN:
            self._tally.say(f"{self._source}: {why}; waiting {seconds:.0f} s")
        self._timer.sleep(seconds)
        self._tally.slept += seconds

    def _advice(self, answer: httpx.Response, body: bytes) -> str:
        if answer.status_code in _REFUSED:
            return self._refused
        if answer.is_redirect:
            return f"its address is now {answer.headers['location'].partition('?')[0][:100]}"
        said = " ".join(body[:200].decode("utf-8", "replace").split())
        return f"it says: {said}" if said else "it does not say why"

    def _error(self, what: str, advice: str, status: int | None = None) -> SourceError:
        return SourceError(self._source, f"{self._host}: {what}; {advice}", status)


@cache
def _certificates() -> ssl.SSLContext:
    """Return whom to trust; to read all certificates takes a tenth of a second."""
    return httpx.create_ssl_context()


def _host(source: str, url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SourceError(source, f"its address {url!r} is malformed: {error}") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise SourceError(source, f"its address {url!r} does not begin with https:// and a name")
    return parsed.host


def _status(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.reason_phrase}".strip()


def _told(answer: httpx.Response) -> float | None:
    """Return the seconds after which a service says that it will answer."""
    for name in ("retry-after", "x-ratelimit-reset"):
        with suppress(KeyError, ValueError):
            return max(0.0, float(answer.headers[name]))
    return None


def _date(answer: httpx.Response) -> datetime | None:
    """Return what the clock of a service showed; None if it does not say so."""
    with suppress(KeyError, ValueError):
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    return None
