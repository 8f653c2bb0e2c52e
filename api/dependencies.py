"""What the routes ask for: `Annotated[..., Depends(...)]` aliases.

The dependencies are coroutines, because FastAPI would run plain functions in a thread.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from api.errors import InvalidError, Refusal
from api.http.problems import query_parameters
from api.reading.async_store import AsyncStore
from api.reading.downloads import AsyncDownloads
from api.reading.item_cache import ItemCache
from api.reading.map_bodies import MapBodies
from api.reading.published_runs import PublishedRuns
from api.realtime.client import RealtimeModel
from api.schemas.queries import Query as NoQuery


def _state(name: str) -> Any:
    """Depend on what `api.app.make_app` has put under *name* into the application's state."""

    async def get(request: Request) -> Any:
        return getattr(request.app.state, name)

    return Depends(get)


async def refuse_repeated(request: Request) -> None:
    """Refuse a query parameter that is given twice; FastAPI would take the last value silently.

    One that the endpoint does not have is refused as such, later.

    Raises:
        InvalidError: Names the parameter.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    for name in query_parameters(request.scope["route"]):
        if names.count(name) > 1:
            reason = f"given {names.count(name)} times; give it once, lists with commas"
            raise InvalidError(Refusal("query", name, reason))


async def refuse_query(_query: Annotated[NoQuery, Query()]) -> None:
    """Refuse every query parameter, for endpoints that take none."""


Store = Annotated[AsyncStore, _state("store")]
Published = Annotated[PublishedRuns, _state("published")]
Items = Annotated[ItemCache, _state("items")]
Maps = Annotated[MapBodies, _state("maps")]
Clock = Annotated[Callable[[], datetime], _state("clock")]
Realtime = Annotated[RealtimeModel | None, _state("realtime")]
Files = Annotated[AsyncDownloads, _state("downloads")]
PublicUrl = Annotated[str, _state("public_url")]

StationId = Annotated[str, Path(description="The station's id.", examples=["JFK"])]
RunId = Annotated[str, Path(description="The run's id.", examples=["20131230T0000Z-1"])]
