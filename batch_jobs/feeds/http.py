"""Requests to a source: its rate limit is kept by design, and a busy service is asked again.

Waiting is passed in, counted and shown. An error names the source, what happened and what to do; it
never has a query or a header, because keys travel there.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True)
class Timer:
    """How time passes, in seconds.

    Attributes:
        now: A clock that never jumps.
        sleep: Waits.
        jitter: A random number from 0 to 1, so that many clients do not come back at once.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True)
class Limits:
    """What a client keeps to.

    Attributes:
        seconds_between: From the begin of a request to that of the next.
        budget: Seconds that may be spent on waiting before other tries, in a whole fetch.
        timeout: Seconds of silence after which a request has failed.
        longest: Seconds after which a request has failed even if bytes still drip.
    """

    seconds_between: float
    budget: float = 300.0
    timeout: float = 60.0
    longest: float = 600.0


class SourceClient:
    """Sends GET requests to one service.

    Args:
        source: Name of the source, for messages.
        url: Address of the service.
        limits: What it keeps to.
        tally: Counts requests and waiting.
        timer: How time passes.
        headers: Sent with every request, and never shown.
    """

    def __init__(
        self,
        source: str,
        url: str,
        limits: Limits,
        tally: Tally,
        timer: Timer,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._source = source
        self._limits = limits
        self._tally = tally
        self._timer = timer
        self._next = timer.now()
        self._budget = limits.budget
        self._client = httpx.Client(
            base_url=url,
            headers={"user-agent": USER_AGENT, **(headers or {})},
            timeout=limits.timeout,
            follow_redirects=True,
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
            SourceError: The service refuses the request, or is still busy, silent or faulty when
                the budget of waiting is used up.
        """
        tries = 0
        while True:
            tries += 1
            body, what, wait = self._try(path, query, fault)
            if what is None:
                return body
            if wait is None:
                backoff = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (tries - 1))
                wait = backoff * self._timer.jitter()
            if wait > self._budget:
                raise self._error(f"{what}, {tries} times", "try again later; nothing is lost")
            self._budget -= wait
            self._wait(wait, what)

    def _try(
        self, path: str, query: Mapping[str, str], fault: Callable[[bytes], str | None]
    ) -> tuple[bytes, str | None, float | None]:
        """Return a body; or what is wrong, and the seconds after which the service may answer."""
        self._wait(self._next - self._timer.now(), "one request at a time")
        self._next = self._timer.now() + self._limits.seconds_between
        self._tally.requests += 1
        try:
            with self._client.stream("GET", path, params=dict(query)) as answer:
                body = self._body(answer)
        except httpx.TransportError as error:
            return b"", f"no complete answer ({type(error).__name__})", None
        if answer.status_code in _TRY_AGAIN:
            return b"", _status(answer), _told(answer)
        if not answer.is_success:
            raise self._error(_status(answer), _advice(answer, body))
        return body, fault(body), None

    def _body(self, answer: httpx.Response) -> bytes:
        end = self._timer.now() + self._limits.longest
        chunks = []
        for chunk in answer.iter_bytes():
            chunks.append(chunk)
            if self._timer.now() > end:
                raise httpx.ReadTimeout(f"more than {self._limits.longest:g} s")
        return b"".join(chunks)

    def _wait(self, seconds: float, why: str) -> None:
        if seconds <= 0:
            return
        if seconds >= _SHOWN:
            self._tally.say(f"{self._source}: {why}; waiting {seconds:.0f} s")
        self._timer.sleep(seconds)
        self._tally.slept += seconds

    def _error(self, what: str, advice: str) -> SourceError:
        return SourceError(self._source, f"{self._client.base_url.host}: {what}; {advice}")


def _status(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.reason_phrase}".strip()


def _told(answer: httpx.Response) -> float | None:
    """Return the seconds after which a service says that it will answer."""
    for name in ("retry-after", "x-ratelimit-reset"):
        try:
            return max(0.0, float(answer.headers[name]))
        except (KeyError, ValueError):
            continue
    return None


def _advice(answer: httpx.Response, body: bytes) -> str:
    if answer.status_code in _REFUSED:
        return "check the key"
    said = " ".join(body[:200].decode("utf-8", "replace").split())
    return f"it says: {said}" if said else "it says no more"
