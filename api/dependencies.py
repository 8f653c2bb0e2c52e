"""What the routes ask for: `Annotated[..., Depends(...)]` aliases.

The dependencies are coroutines, because FastAPI would run plain functions in a thread.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query, Request

from api.errors import InvalidError, Refusal
from api.reading.async_store import AsyncStore
from api.reading.item_cache import ItemCache
from api.reading.map_bodies import MapBodies
from api.reading.published_runs import PublishedRuns
from api.realtime.client import RealtimeModel
from api.schemas.queries import Query as NoQuery


async def _store(request: Request) -> AsyncStore:
    store: AsyncStore = request.app.state.store
    return store


async def _published(request: Request) -> PublishedRuns:
    published: PublishedRuns = request.app.state.published
    return published


async def _items(request: Request) -> ItemCache:
    items: ItemCache = request.app.state.items
    return items


async def _maps(request: Request) -> MapBodies:
    maps: MapBodies = request.app.state.maps
    return maps


async def _clock(request: Request) -> Callable[[], datetime]:
    clock: Callable[[], datetime] = request.app.state.clock
    return clock


async def _realtime(request: Request) -> RealtimeModel | None:
    realtime: RealtimeModel | None = request.app.state.realtime
    return realtime


async def refuse_repeated(request: Request) -> None:
    """Refuse a query parameter that is given twice; FastAPI would take the last value silently.

    Raises:
        InvalidError: Names the parameter.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            reason = f"given {names.count(name)} times; give it once, lists with commas"
            raise InvalidError(Refusal("query", name, reason))


async def refuse_query(_query: Annotated[NoQuery, Query()]) -> None:
    """Refuse every query parameter, for endpoints that take none."""


Store = Annotated[AsyncStore, Depends(_store)]
Published = Annotated[PublishedRuns, Depends(_published)]
Items = Annotated[ItemCache, Depends(_items)]
Maps = Annotated[MapBodies, Depends(_maps)]
Clock = Annotated[Callable[[], datetime], Depends(_clock)]
Realtime = Annotated[RealtimeModel | None, Depends(_realtime)]

StationId = Annotated[str, Path(description="The station's id.", examples=["JFK"])]
RunId = Annotated[str, Path(description="The run's id.", examples=["20131230T0000Z-1"])]
