"""Asks the real-time model, within a time limit and behind a circuit breaker.

The calls block, so they run in threads of their own. A call that has not answered by the time limit
counts as failed, and leaves its thread (`api.realtime.transport`); while all threads wait, further
callers wait no longer than the limit either. So a slow endpoint delays only its own callers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from starlette.concurrency import run_in_threadpool

from api.errors import BadAnswerError, EndpointDownError, EndpointError
from api.realtime.protocol import Destination
from api.realtime.validation import Output, read_output
from forecasts.forecast import dumps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.reading.async_store import Runner
    from api.realtime.circuit_breaker import Breaker, Circuit
    from api.realtime.journal import Journal
    from api.realtime.protocol import Endpoint, Reply
    from api.realtime.routing import CallerSplit, ModelRoutes
    from forecasts.forecast import Quantiles
    from forecasts.item import TransformLine

logger = logging.getLogger(__name__)

#: Calls that one process makes at the same time.
CALLS = 16


class Question(NamedTuple):
    """A question to the real-time model.

    Attributes:
        line: The transform line.
        parameters: Codes of the parameters to forecast.
        country: Country of the station, or "".
        client_id: Keeps the caller on one variant; None leaves the choice to the weights.
        request_id: Identifies the request in logs.
    """

    line: TransformLine
    parameters: tuple[str, ...]
    country: str
    client_id: str | None
    request_id: str


@dataclass
class Outcome:
    """The outcome of a question.

    Attributes:
        values: Values by parameter code, as in `forecasts.forecast.Forecast.values`.
        missing: By parameter code, the model's reason for not forecasting it.
        failures: By parameter code, the reason that the model could not be asked.
        chance_24h: By parameter code, as in `forecasts.forecast.Forecast.chance_24h`.
        stand_ins: By parameter code, as in `forecasts.forecast.Forecast.models`.
        models: Names of the models that answered.
        variant: Production variant that answered; None if the answer did not say.
        asked: Production variant that the caller is pinned to; None if it is not.
        milliseconds: How long the calls took; None if there was no call.
    """

    values: dict[str, Quantiles] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    chance_24h: dict[str, float] = field(default_factory=dict)
    stand_ins: dict[str, str] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    variant: str | None = None
    asked: str | None = None
    milliseconds: float | None = None

    def add(self, output: Output, variant: str | None) -> None:
        """Add the answer of one model."""
        self.values.update(output.values)
        self.missing.update(output.missing)
        self.chance_24h.update(output.chance_24h)
        self.stand_ins.update(output.stand_ins)
        self.models += [output.model] * (output.model not in self.models)
        self.variant = variant

    def fail(self, parameters: Sequence[str], reason: str) -> None:
        """Note that there is no answer for *parameters*."""
        self.failures.update(dict.fromkeys(parameters, reason))


def failed(parameters: Sequence[str], reason: str) -> Outcome:
    """Make the outcome of a question that was not asked."""
    return Outcome(failures=dict.fromkeys(parameters, reason))


class RealtimeModel:
    """The real-time model behind an endpoint.

    Args:
        endpoint: Answers transform lines.
        breaker: Keeps calls from the endpoint while it is down.
        journal: Records the answers; the routes write it.
        seconds: How long an answer may take in all.
        split: The configured variants; None accepts any variant, and pins no caller.
        routes: Which target model forecasts what; None if one model forecasts everything.
        runner: Runs each read of the circuit, as in `api.app.make_app`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        breaker: Breaker,
        journal: Journal,
        *,
        seconds: float,
        split: CallerSplit | None = None,
        routes: ModelRoutes | None = None,
        runner: Runner = run_in_threadpool,
    ) -> None:
        self.journal = journal
        self._endpoint = endpoint
        self._breaker = breaker
        self._seconds = seconds
        self._split = split
        self._routes = routes
        self._runner = runner
        self._threads = ThreadPoolExecutor(CALLS, "endpoint")

    async def circuit(self) -> Circuit:
        """Return the state of the circuit."""
        circuit: Circuit = await self._runner(self._breaker.circuit)
        return circuit

    async def refusal(self) -> str | None:
        """Return why the endpoint would not be asked now; None if it would be."""
        reason: str | None = await self._runner(self._refusal)
        return reason

    async def ask(self, question: Question) -> Outcome:
        """Ask the endpoint; the outcome says what went wrong, if anything did."""
        if reason := await self.refusal():
            return failed(question.parameters, reason)
        outcome = Outcome(asked=self._variant(question.client_id))
        begun = time.perf_counter()
        calls = [self._ask(*part, question, outcome) for part in self._parts(question, outcome)]
        await asyncio.gather(*calls)
        if calls:
            outcome.milliseconds = round((time.perf_counter() - begun) * 1000, 2)
        return outcome

    def _refusal(self) -> str | None:
        try:
            self._breaker.check()
        except EndpointDownError as error:
            return error.reason
        return None

    def close(self) -> None:
        """Wait for calls that are under way, for the time limit at most; close the endpoint."""
        self._threads.shutdown(cancel_futures=True)
        self._endpoint.close()

    def _parts(
        self, question: Question, outcome: Outcome
    ) -> list[tuple[str | None, tuple[str, ...]]]:
        """Split the parameters among the target models."""
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
            reply = await self._call(
                Destination(self._variant(question.client_id), model), question
            )
            self._check_variant(reply, question.client_id)
            outcome.add(read_output(reply.body, question.line, parameters), reply.variant)
        except EndpointError as error:
            request_id = question.request_id
            logger.warning("%s, request_id %s: %s", error.reason, request_id, str(error)[:300])
            outcome.fail(parameters, error.reason)

    async def _call(self, target: Destination, question: Question) -> Reply:
        """Call the endpoint in a thread.

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
        """Refuse an answer from a variant that is not configured, or is not the caller's."""
        wanted = self._variant(client_id)
        if wanted is not None and reply.variant != wanted:
            raise BadAnswerError(f"variant {wanted} was asked, {reply.variant} has answered")
        if self._split is not None and reply.variant not in self._split.weights:
            raise BadAnswerError(f"no variant {reply.variant} is configured")
