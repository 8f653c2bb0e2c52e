"""A client of the HTTP API whose errors are sentences that an agent can act on."""

from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, ValidationError

from api.schemas.problem_responses import Problem

AnswerT = TypeVar("AnswerT", bound=BaseModel)

#: A whole forecast takes milliseconds, the real-time model two seconds at most.
_SECONDS = 30


class Api:
    """An API, asked over one pool of connections.

    Args:
        url: Its address, without a path or with that of a stage.
    """

    def __init__(self, url: str) -> None:
        self._url = without_password(url)
        self._client = httpx.AsyncClient(base_url=url, timeout=_SECONDS, follow_redirects=True)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(
        self,
        model: type[AnswerT],
        path: str,
        query: Mapping[str, Any],
        body: Mapping[str, Any] | None = None,
    ) -> AnswerT:
        """Send a request, a POST if it has a body; return the answer.

        Args:
            model: What the answer is cut down to.
            path: Path below the address.
            query: Query parameters; what is None, empty or an empty list is left out.
            body: Is sent as JSON.

        Raises:
            ToolError: The API is not there, refuses the request, or is something else; the text
                says what to do.
        """
        method = "GET" if body is None else "POST"
        params = {
            name: _text(value) for name, value in query.items() if value not in (None, "", [])
        }
        try:
            answer = await self._client.request(method, path, params=params, json=body)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise ToolError(
                f"The Stationcast API at {self._url} cannot be reached: {reason}. "
                "`stationcast serve` or `stationcast demo` starts one; --url names another."
            ) from error
        try:
            if answer.is_success:
                return model.model_validate_json(answer.content)
            raise ToolError(_explained(Problem.model_validate_json(answer.content), answer))
        except ValidationError as error:
            raise ToolError(
                f"{self._url} answered {answer.status_code} {answer.reason_phrase}, and not as a "
                "Stationcast API does: check the address in --url."
            ) from error


def without_password(url: str) -> str:
    """Return an address as agents and logs may see it.

    >>> without_password("https://user:password@example.org/prod")
    'https://example.org/prod'
    """
    return str(httpx.URL(url).copy_with(userinfo=b""))


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _explained(problem: Problem, answer: httpx.Response) -> str:
    """Return a problem as sentences, with what to do about it."""
    sentences = [f"{problem.title}: {problem.detail}."]
    sentences += [f"{each.name}: {each.reason}." for each in problem.errors or ()]
    if problem.suggestions:
        sentences.append(f"Did you mean {' or '.join(problem.suggestions)}?")
    if seconds := answer.headers.get("retry-after"):
        sentences.append(f"Try again after {seconds} seconds.")
    return " ".join(sentences)
