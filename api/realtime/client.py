"""Asking the real-time model: whom, for how long, and what to make of the answers.

The calls block, so they run in a few threads of their own. What has not answered by the time limit
counts as failed, whatever its thread still does; and while all threads hang, others wait no longer
than the limit either. So an endpoint that is down never slows anything but its own callers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from api.compact import dumps
from api.errors import BadAnswerError, EndpointDownError, EndpointError
from api.realtime.protocol import Target
from api.realtime.validation import Output, read_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.realtime.circuit_breaker import Breaker, Circuit
    from api.realtime.journal import Journal
    from api.realtime.protocol import Endpoint, Reply
    from api.realtime.routing import Routes, Split
    from forecasts.forecast import Quantiles
    from forecasts.item import TransformLine

logger = logging.getLogger(__name__)

#: Calls at the same time, from one process.
CALLS = 16


class Question(NamedTuple):
    """What is asked of the real-time model.

    Attributes:
        line: The transform line.
        parameters: Codes of what is wanted.
        country: Of the station, or "".
        client_id: Who asks, to stay with one variant; None leaves it to the weights.
        request_id: Names the request in logs.
    """

    line: TransformLine
    parameters: tuple[str, ...]
    country: str
    client_id: str | None
    request_id: str


@dataclass
class Outcome:
    """What came of a question.

    Attributes:
        values: By parameter code, as `forecasts.forecast.Forecast.values`.
        missing: By parameter code: why the model has no values for it.
        failures: By parameter code: why the model could not be asked.
        models: Names of the models that have answered.
        variant: The production variant that has answered; None where none was named.
        asked: The production variant that the caller is pinned to; None where it is not.
        milliseconds: How long the calls took; None where none was made.
    """

    values: dict[str, Quantiles] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    variant: str | None = None
    asked: str | None = None
    milliseconds: float | None = None

    def add(self, output: Output, variant: str | None) -> None:
        """Add what one model has answered."""
        self.values.update(output.values)
        self.missing.update(output.missing)
        self.models += [output.model] * (output.model not in self.models)
        self.variant = variant

    def fail(self, parameters: Sequence[str], reason: str) -> None:
        """Note that no answer came for *parameters*."""
        self.failures.update(dict.fromkeys(parameters, reason))


def failed(parameters: Sequence[str], reason: str) -> Outcome:
    """Make the outcome of a question that nobody was asked."""
    return Outcome(failures=dict.fromkeys(parameters, reason))


class Realtime:
    """The real-time model behind an endpoint.

    Args:
        endpoint: Answers transform lines.
        breaker: Keeps calls from it while it is down.
        journal: Is written by those who use the answers.
        seconds: How long an answer may take in all.
        split: The variants that are configured; None for any, and for nobody pinned to one.
        routes: Which target model forecasts what; None where one model forecasts everything.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        breaker: Breaker,
        journal: Journal,
        *,
        seconds: float,
        split: Split | None = None,
        routes: Routes | None = None,
    ) -> None:
        self.journal = journal
        self._endpoint = endpoint
        self._breaker = breaker
        self._seconds = seconds
        self._split = split
        self._routes = routes
        self._threads = ThreadPoolExecutor(CALLS, "endpoint")

    def circuit(self) -> Circuit:
        """Return how the circuit stands."""
        return self._breaker.circuit()

    def refusal(self) -> str | None:
        """Return why nobody would be asked now; None where somebody would."""
        try:
            self._breaker.check()
        except EndpointDownError as error:
            return error.reason
        return None

    async def ask(self, question: Question) -> Outcome:
        """Ask; whatever goes wrong stands in the outcome."""
        if reason := self.refusal():
            return failed(question.parameters, reason)
        outcome = Outcome(asked=self._variant(question.client_id))
        begun = time.perf_counter()
        calls = [self._ask(*part, question, outcome) for part in self._parts(question, outcome)]
        await asyncio.gather(*calls)
        if calls:
            outcome.milliseconds = round((time.perf_counter() - begun) * 1000, 2)
        return outcome

    def close(self) -> None:
        """Wait for calls that are still on their way, which is for the time limit at most."""
        self._threads.shutdown()

    def _parts(
        self, question: Question, outcome: Outcome
    ) -> list[tuple[str | None, tuple[str, ...]]]:
        """Say which target model is asked for which parameters."""
        if self._routes is None:
            return [(None, question.parameters)]
        parts: dict[str, list[str]] = {}
        for code in question.parameters:
            model = self._routes.model_of(code, question.country)
            if model is None:
                outcome.fail([code], "model_missing")
            else:
                parts.setdefault(model, []).append(code)
        return [(model, tuple(codes)) for model, codes in parts.items()]

    async def _ask(
        self, model: str | None, parameters: tuple[str, ...], question: Question, outcome: Outcome
    ) -> None:
        try:
            reply = await self._call(Target(self._variant(question.client_id), model), question)
            self._check_variant(reply, question.client_id)
            outcome.add(read_output(reply.body, question.line, parameters), reply.variant)
        except EndpointError as error:
            request_id = question.request_id
            logger.warning("%s, request_id %s: %s", error.reason, request_id, str(error)[:300])
            outcome.fail(parameters, error.reason)

    async def _call(self, target: Target, question: Question) -> Reply:
        """Call in a thread.

        Raises:
            EndpointError: See `Endpoint`; also when the time is up.
        """
        call = partial(self._endpoint.invoke, dumps(question.line), target, question.request_id)
        loop = asyncio.get_running_loop()
        waiting = loop.run_in_executor(self._threads, self._breaker.call, call)
        try:
            return await asyncio.wait_for(waiting, self._seconds)
        except TimeoutError as error:
            reason = f"no answer within {self._seconds:g} s"
            raise EndpointDownError("endpoint_timeout", reason) from error

    def _variant(self, client_id: str | None) -> str | None:
        if self._split is None or client_id is None:
            return None
        return self._split.variant_of(client_id)

    def _check_variant(self, reply: Reply, client_id: str | None) -> None:
        """Refuse the answer of a variant that nobody configured, or not the caller's own."""
        wanted = self._variant(client_id)
        if wanted is not None and reply.variant != wanted:
            raise BadAnswerError(f"variant {wanted} was asked, {reply.variant} has answered")
        if self._split is not None and reply.variant not in self._split.weights:
            raise BadAnswerError(f"no variant {reply.variant} is configured")
