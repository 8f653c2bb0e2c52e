"""The client of a source, against a service on this machine."""

from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from batch_jobs.errors import SourceError
from batch_jobs.feeds.http import Limits, SourceClient, Timer
from batch_jobs.feeds.source import Tally
from tests.command_line import free_port
from tests.feeds.loopback import (
    BUSY,
    GATEWAY_TIMEOUT,
    HTML,
    SILENCE,
    Answer,
    Service,
    cut,
    serving,
    too_many,
)

GOOD = Answer(200, b"good")
LIMITS = Limits(seconds_between=1.0, timeout=10.0)
IMPATIENT = replace(LIMITS, timeout=0.2)


@pytest.fixture
def service():
    """A service that answers "good"."""
    with serving(Service(lambda _path, _query: GOOD)) as running:
        yield running


@contextmanager
def client_of(url, time, limits=LIMITS, **headers):
    """Yield a client and its tally, whose `said` has the sentences."""
    said = []
    tally = Tally(say=said.append)
    tally.said = said
    client = SourceClient("iem", url, limits, tally, time.timer, headers)
    with closing(client):
        yield client, tally


def test_the_limit_of_requests(service, passing):
    """Between the begins of two requests is a second; waiting is counted, not shown if short."""
    with client_of(service.url, passing) as (client, tally):
        bodies = [client.get("/a", {"q": "1"}) for _ in range(3)]

    assert bodies == [b"good"] * 3
    assert service.requests == [("/a", {"q": "1"})] * 3
    assert (passing.waits, tally.requests, tally.slept, tally.said) == ([1.0, 1.0], 3, 2.0, [])


@pytest.mark.parametrize(
    "fault",
    [
        BUSY,
        GATEWAY_TIMEOUT,
        SILENCE,
        cut,
        too_many(retry_after="Sat, 28 Nov 2026 12:00:00 GMT"),
        Answer(200, b"not gzip", {"content-encoding": "gzip"}),
        Answer(200, b"a page"),
    ],
)
def test_another_try(service, passing, fault):
    """A service that is busy, silent or broken is asked again, each time after a longer wait."""
    service.faults = [fault] * 3
    limits = IMPATIENT if fault is SILENCE else LIMITS
    with client_of(service.url, passing, limits) as (client, tally):
        body = client.get("/a", {}, lambda body: "a page" if b"page" in body else None)

    assert body == b"good"
    assert (passing.waits, tally.requests, tally.failures) == ([2.0, 4.0, 8.0], 4, [])
    assert "waiting 4 s" in tally.said[0]


@pytest.mark.parametrize("header", ["retry_after", "x_ratelimit_reset"])
def test_a_wait_that_the_service_asks_for(service, passing, header):
    """If the service says when to come back, that is done."""
    service.faults = [too_many(**{header: "37"})]
    with client_of(service.url, passing) as (client, tally):
        client.get("/a", {})

    assert passing.waits == [37.0]
    assert tally.said == ["iem: 429 Too Many Requests; waiting 37 s"]


def test_a_service_that_stays_busy(service, passing):
    """The error says who, what, how often and what to do, and nothing of the query or the key."""
    service.faults = [BUSY] * 99
    with (
        client_of(service.url, passing, key="secret") as (client, tally),
        pytest.raises(SourceError) as caught,
    ):
        client.get("/a", {"token": "secret"})

    assert str(caught.value) == (
        "iem: 127.0.0.1: 503 Service Unavailable, after 7 tries; try again later"
    )
    assert tally.slept <= LIMITS.budget


def test_failed_tries_cost_time(service):
    """A service that is slow to fail uses up the budget, too."""
    seconds = count(0, 50)
    timer = Timer(now=lambda: next(seconds), sleep=lambda _: None, jitter=lambda: 0.0)
    tally = Tally()
    client = SourceClient("iem", service.url, LIMITS, tally, timer)
    service.faults = [BUSY] * 99
    with pytest.raises(SourceError, match="503"):
        client.get("/a", {})
    client.close()

    assert tally.requests < 5


def test_a_wait_that_is_too_long(service, passing):
    """A wait of an hour is no use: the error comes at once."""
    service.faults = [too_many(retry_after="3600")]
    with (
        client_of(service.url, passing) as (client, _),
        pytest.raises(SourceError, match="429 Too Many Requests, after 1 tries"),
    ):
        client.get("/a", {})

    assert passing.waits == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(401, b"invalid key secret"), "401 Unauthorized; check the key"),
        (Answer(403), "403 Forbidden; check the key"),
        (Answer(422, b"Invalid\nstation"), "422 Unprocessable .*; it says: Invalid station"),
        (Answer(404), "404 Not Found; it does not say why"),
        (
            Answer(302, headers={"location": "https://elsewhere/a?key=secret"}),
            "302 Found; its address is now https://elsewhere/a$",
        ),
    ],
)
def test_a_refusal(service, passing, answer, said):
    """A request that is refused is not sent again; a key is sent to this address only."""
    service.faults = [answer]
    with (
        client_of(service.url, passing, key="secret") as (client, tally),
        pytest.raises(SourceError, match=said) as caught,
    ):
        client.get("/a", {})

    assert "secret" not in str(caught.value)
    assert service.headers[0]["key"] == "secret"
    assert tally.requests == 1


def test_a_body_that_drips(service):
    """An answer that never ends is given up after the longest time."""
    seconds = count(0, 700)
    timer = Timer(now=lambda: next(seconds), sleep=lambda _: None, jitter=lambda: 0.0)
    client = SourceClient("iem", service.url, LIMITS, Tally(), timer)
    with pytest.raises(SourceError, match="no complete answer"):
        client.get("/a", {})
    client.close()


def test_nothing_listens(passing):
    """A machine without a network is told so."""
    with (
        client_of(f"http://127.0.0.1:{free_port()}", passing) as (client, _),
        pytest.raises(SourceError, match=r"no complete answer \(ConnectError\)"),
    ):
        client.get("/a", {})


@pytest.mark.parametrize("url", ["mirror", "ftp://mirror", "https://", "http://a:b"])
def test_a_malformed_address(passing, url):
    """An address that is none is not asked."""
    with pytest.raises(SourceError, match=r"^iem: its address .* (malformed|https)"):
        SourceClient("iem", url, LIMITS, Tally(), passing.timer)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("Sat, 28 Nov 2026 12:00:00 GMT", datetime(2026, 11, 28, 12, tzinfo=UTC)),
        ("now", None),
        (None, None),
    ],
)
def test_the_clock_of_a_service(service, passing, date, time):
    """The time of the first answer is kept, if it says one."""
    service.date = date
    service.faults = [HTML]
    with client_of(service.url, passing) as (client, tally):
        client.get("/a", {})
        service.date = "Sun, 29 Nov 2026 12:00:00 GMT" if time else None
        client.get("/a", {})

    assert tally.server_time == time


def test_the_limit_of_an_hour(service, passing):
    """After so many requests the next one waits until the first is an hour old."""
    limits = Limits(seconds_between=1.0, per_hour=3)
    with client_of(service.url, passing, limits) as (client, tally):
        for _ in range(5):
            client.get("/a", {})

    assert passing.waits == [1.0, 1.0, 1.0, 3597.0, 1.0]
    assert tally.said == ["iem: 3 requests an hour are allowed; waiting 3597 s"]


@pytest.mark.parametrize(("headers", "wait"), [({"x-ratelimit-reset": "17"}, 17.0), ({}, 1.0)])
def test_no_request_is_left(service, passing, headers, wait):
    """If the service says so, the next request waits until it allows some again."""
    service.faults = [Answer(200, b"good", {"x-ratelimit-remaining": "0"} | headers)]
    with client_of(service.url, passing) as (client, _):
        client.get("/a", {})
        client.get("/a", {})

    assert passing.waits == [wait]


def test_the_end_of_a_fetch(service, passing):
    """No request begins, and nothing is waited for, that would end after the fetch must have."""
    timer = replace(passing.timer, until=passing.seconds + 2.5)
    passing.timer = timer
    with client_of(service.url, passing) as (client, _tally):
        for _ in range(3):
            client.get("/a", {})
        with pytest.raises(SourceError, match=r"no time is left \(.*\); the next fetch goes on"):
            client.get("/a", {})

    assert passing.waits == [1.0, 1.0]


def test_no_time_for_another_try(service, passing):
    """A busy service is not asked again if the fetch would end before; the error says why."""
    service.faults = [BUSY]
    passing.timer = replace(passing.timer, until=passing.seconds + 1)
    with (
        client_of(service.url, passing) as (client, _tally),
        pytest.raises(SourceError, match=r"no time is left \(503 .*\); the next fetch goes on"),
    ):
        client.get("/a", {})
