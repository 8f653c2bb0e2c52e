"""The runs, and how fresh the published one is."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.endpoints import Endpoints
from api.errors import NoPublishedRunError
from api.http.conditional import BRIEFLY, JSON, NO_STORE, of_content, response
from api.openapi import Document
from api.query import Query, read_query
from api.reading.published_runs import Published
from api.realtime.client import Realtime
from api.schemas.responses import CircuitAnswer, RunAnswer, RunsAnswer, RunSummary, StatusAnswer
from forecasts.runs import list_runs
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text

RunId = Annotated[str, Field(description="Id of the run.", examples=["20131230T0000Z-1"])]


class Runs:
    """Answers requests for runs.

    Args:
        store: Holds the runs.
        published: Knows the published one.
        clock: Gives the aware time by which it ages.
        realtime: The real-time model; None where it is switched off.
    """

    def __init__(
        self,
        store: Reader,
        published: Published,
        clock: Callable[[], datetime],
        realtime: Realtime | None,
    ) -> None:
        self._store = store
        self._published = published
        self._clock = clock
        self._realtime = realtime

    def add_routes(self, endpoints: Endpoints) -> None:
        """Add the endpoints to *endpoints*."""
        endpoints.add("/v1/runs", self.every, Document("All runs", RunsAnswer, Query, (503,)))
        endpoints.add(
            "/v1/runs/current",
            self.current,
            Document("The published run", RunAnswer, Query, (503,)),
        )
        endpoints.add(
            "/v1/runs/{run_id}", self.one, Document("A run", RunAnswer, Query, (404, 503))
        )
        endpoints.add(
            "/v1/status",
            self.status,
            Document("How fresh the forecasts are", StatusAnswer, Query, (503,)),
        )

    async def every(self, request: Request) -> Response:
        """List all runs, those that were never published included; newest issue time first."""
        read_query(request, Query)
        current = self._current_id()
        items = [RunSummary.of(run, current) for run in list_runs(self._store)]
        return of_content(request, RunsAnswer(items=items, next=None).to_bytes(), BRIEFLY)

    async def current(self, request: Request) -> Response:
        """Return the run that readers are on, with its quality report."""
        return self._run(request, self._published.current().run_id)

    async def one(self, request: Request, run_id: RunId) -> Response:
        """Return a run in any state, with its quality report."""
        return self._run(request, run_id)

    async def status(self, request: Request) -> Response:
        """Say how old the published run is, if the next one is late, and how real time does."""
        read_query(request, Query)
        body = self._status().to_bytes()
        return response(body, 200, [JSON, (b"cache-control", NO_STORE.encode())])

    def _run(self, request: Request, run_id: str) -> Response:
        read_query(request, Query)
        answer = RunAnswer.of(self._published.run(run_id), self._current_id())
        return of_content(request, answer.to_bytes(), BRIEFLY)

    def _current_id(self) -> str | None:
        try:
            return self._published.current().run_id
        except NoPublishedRunError:
            return None

    def _status(self) -> StatusAnswer:
        current = self._current_id()
        if current is None:
            return StatusAnswer(state="none", run=None, age_seconds=None, realtime=self._circuit())
        run, now = self._published.run(current), self._clock()
        return StatusAnswer(
            state="late" if now > run.next_expected_at else "ok",
            run=RunSummary.of(run, current),
            age_seconds=int((now - run.issue_time).total_seconds()),
            realtime=self._circuit(),
        )

    def _circuit(self) -> CircuitAnswer | None:
        if self._realtime is None:
            return None
        state, opened_at = self._realtime.circuit()
        since = utc_text(opened_at) if opened_at else None
        return CircuitAnswer.model_validate({"circuit": state, "opened_at": since})
