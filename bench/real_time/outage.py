"""An endpoint that hangs for half a minute, seen from outside the API, second by second.

Callers ask at a steady pace, each over a connection of its own: some POST a fresh reading, some
look up, and some look up at another server, without a real-time model, which says how busy the
machine is in that second. A caller that still waits for an answer when its next request is due
leaves that one out. When the circuit opens and closes stands in the API's journal.
"""

import asyncio
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import uvloop

from bench.harness.client import answer_of, length_of
from bench.harness.errors import ServerError
from bench.harness.figures import Figure
from bench.harness.server import HOST, serving_api
from bench.real_time.stations import Night, serving_real_time
from local.standin.endpoint import Endpoint, RunningEndpoint, running

POST, LOOKUP, ELSEWHERE = "POST", "lookup", "lookup elsewhere"

#: Callers of each kind, and requests a second of each caller.
CALLERS = {POST: (16, 2.0), LOOKUP: (4, 25.0), ELSEWHERE: (4, 25.0)}

#: Time limit of the endpoint's answers, and what a POST may take beyond it, in seconds.
LIMIT, ALLOWANCE = 2.0, 0.05

#: What a POST may take, in lookups, while the circuit is open.
OPEN_RATIO = 3
#: What a lookup may take during the fault, in lookups before it; both against those elsewhere.
FAULT_RATIO = 1.1

_OPEN = f"{POST} with the circuit open"
_FAULT = f"{LOOKUP} during the fault"
_CLOSES = "circuit closes, after the end of the fault"

#: Longer than any caller waits: the endpoint hangs.
_DELAY = 60


class Schedule(NamedTuple):
    """When what happens, in seconds since the first request.

    Attributes:
        fault_on: The endpoint begins to hang.
        fault_off: It does so no longer.
        end: No more requests.
    """

    fault_on: float
    fault_off: float
    end: float


#: The circuit stays open for 30 s, so that it closes after the fault. A quick run ends before.
FULL, QUICK = Schedule(10, 40, 55), Schedule(3, 9, 10)


class Sample(NamedTuple):
    """An answer.

    Attributes:
        kind: `POST`, `LOOKUP` or `ELSEWHERE`.
        sent: When its request was sent, in seconds since the first.
        seconds: Until the whole answer was there.
        source: Its header Forecast-Source.
    """

    kind: str
    sent: float
    seconds: float
    source: str


@dataclass(frozen=True)
class Outage:
    """What was seen.

    Attributes:
        schedule: When the endpoint hung; what is said here is when it was told.
        samples: All answers, by the time they were sent.
        opened: When the circuit opened, in seconds since the first request.
        closed: When it closed; None if it had not when the run ended.
    """

    schedule: Schedule
    samples: Sequence[Sample]
    opened: float
    closed: float | None

    def seconds(self, kind: str, begin: float, end: float) -> list[float]:
        """Return how long the requests of a kind took that were sent from *begin* to *end*."""
        return [s.seconds for s in self.samples if s.kind == kind and begin <= s.sent < end]


def measure_outage(night: Night, folder: Path, schedule: Schedule) -> Outage:
    """Run callers, let the endpoint hang for a while, and note all answers.

    Raises:
        ServerError: An answer is not 200, or the circuit did not open.
    """
    journal = folder / "outage.jsonl"
    with (
        running(Endpoint(variants={"demo": str(night.model)})) as endpoint,
        serving_real_time(night, endpoint, journal) as server,
        serving_api(f"sqlite:///{night.store}") as other,
    ):
        ports = {POST: server.port, LOOKUP: server.port, ELSEWHERE: other.port}
        crowd = _Crowd(night, ports, schedule)
        wall, samples = uvloop.run(crowd.run(endpoint))
    turns = turns_of(journal, wall)
    if "open" not in turns:
        raise ServerError("the circuit did not open")
    samples.sort(key=lambda sample: sample.sent)
    return Outage(schedule, samples, turns["open"], turns.get("closed"))


class _Crowd:
    """The callers."""

    def __init__(self, night: Night, ports: Mapping[str, int], schedule: Schedule) -> None:
        self._night = night
        self._ports = ports
        self._schedule = schedule
        self._begun = 0.0
        self._samples: list[Sample] = []

    async def run(self, endpoint: RunningEndpoint) -> tuple[float, list[Sample]]:
        """Run all callers to the end; return the time of day when they began, and the answers."""
        wall, self._begun = time.time(), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for kind, (count, pace) in CALLERS.items():
                for number in range(count):
                    group.create_task(self._call(kind, number, number / count / pace, 1 / pace))
            group.create_task(self._hang(endpoint))
        return wall, self._samples

    async def _hang(self, endpoint: RunningEndpoint) -> None:
        await asyncio.sleep(self._schedule.fault_on)
        await asyncio.to_thread(endpoint.put_faults, delay_seconds=_DELAY)
        await asyncio.sleep(self._schedule.fault_off - self._now())
        await asyncio.to_thread(endpoint.clear_faults)

    async def _call(self, kind: str, number: int, due: float, interval: float) -> None:
        asked = self._night.asked[number % len(self._night.asked)]
        request = asked.post if kind == POST else asked.lookup
        reader, writer = await asyncio.open_connection(HOST, self._ports[kind])
        while due < self._schedule.end:
            await asyncio.sleep(due - self._now())
            sent = self._now()
            writer.write(request)
            source = await _answer(reader)
            self._samples.append(Sample(kind, sent, self._now() - sent, source))
            # Its own times, also after a wait: callers that waited together do not come together.
            due += interval * max(1, math.ceil((self._now() - due) / interval))
        writer.close()

    def _now(self) -> float:
        return time.perf_counter() - self._begun


async def _answer(reader: asyncio.StreamReader) -> str:
    received = await reader.readuntil(b"\r\n\r\n")
    length = length_of(received) or 0
    answer = answer_of(received + await reader.readexactly(length - len(received)))
    if answer.status != 200:  # noqa: PLR2004 -- OK
        raise ServerError(f"wanted 200, got {answer.body[:400].decode()}")
    return answer.headers["forecast-source"]


def turns_of(journal: Path, begun: float) -> dict[str, float]:
    """Return when the circuit first took each state.

    Args:
        journal: Of the API.
        begun: Time of day to count from, in seconds since 1970.
    """
    turns: dict[str, float] = {}
    for text in journal.read_text().splitlines():
        line = json.loads(text)
        if "circuit" in line:
            turns.setdefault(line["circuit"], line["_aws"]["Timestamp"] / 1000 - begun)
    return turns


def outage_figures(outage: Outage) -> list[Figure]:
    """Turn answers into figures, by when their requests were sent."""
    on, off, _ = outage.schedule
    hung = outage.seconds(POST, on, outage.opened)
    posts, lookups = (outage.seconds(kind, outage.opened, off) for kind in (POST, LOOKUP))
    closed = [] if outage.closed is None else [Figure(_CLOSES, outage.closed - off, "s")]
    return [
        Figure(f"{POST} while the endpoint hangs, longest", max(hung), "s", LIMIT + ALLOWANCE),
        Figure(f"{_OPEN} / {LOOKUP}, p50", median(posts) / median(lookups), "x", OPEN_RATIO),
        Figure(f"{_OPEN} / {LOOKUP}, p99", _p99(posts) / _p99(lookups), "x", OPEN_RATIO),
        Figure(f"{_FAULT} / before, p50", _slowed(outage, median), "x", FAULT_RATIO),
        Figure(f"{_FAULT} / before, p99", _slowed(outage, _p99), "x"),
        Figure("circuit opens, after the fault begins", outage.opened - on, "s"),
        *closed,
        *_latencies(f"{POST} before the fault", outage.seconds(POST, 0, on)),
        *_latencies(_OPEN, posts),
        *_latencies(f"{LOOKUP} before the fault", outage.seconds(LOOKUP, 0, on)),
        *_latencies(_FAULT, outage.seconds(LOOKUP, on, off)),
        *_latencies(f"{ELSEWHERE} before the fault", outage.seconds(ELSEWHERE, 0, on)),
        *_latencies(f"{ELSEWHERE} during the fault", outage.seconds(ELSEWHERE, on, off)),
    ]


def _slowed(outage: Outage, statistic: Callable[[Sequence[float]], float]) -> float:
    """Return how many times as long lookups take during the fault as before it.

    Both are seen against lookups elsewhere in the same second.
    """
    on, off, _ = outage.schedule

    def against(begin: float, end: float) -> float:
        seconds = [float(second) for second in range(int(begin), int(end))]
        ours, others = (
            [statistic(outage.seconds(kind, second, second + 1)) for second in seconds]
            for kind in (LOOKUP, ELSEWHERE)
        )
        return median(mine / theirs for mine, theirs in zip(ours, others, strict=True))

    return against(on, off) / against(0, on)


def _latencies(name: str, seconds: Sequence[float]) -> list[Figure]:
    return [
        Figure(f"{name}: p50", median(seconds) * 1e3, "ms"),
        Figure(f"{name}: p99", _p99(seconds) * 1e3, "ms"),
    ]


def _p99(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=100)[98]
