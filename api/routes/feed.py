"""The Atom feed of the published runs."""

from datetime import datetime

from fastapi import APIRouter, Depends, Request, Response

from api.dependencies import PublicUrl, Published, Store, refuse_query
from api.errors import NoPublishedRunError
from api.http.conditional import BRIEFLY, of_content
from api.http.documentation import answers
from api.reading.published_runs import PublishedRuns
from api.schemas.run_feed import MEDIA_TYPE, run_feed
from forecasts.run import RunState
from forecasts.runs import list_runs

router = APIRouter(tags=["runs"])


class _AtomResponse(Response):
    media_type = MEDIA_TYPE


@router.get(
    "/v1/runs/feed",
    response_class=_AtomResponse,
    responses=answers(503, also=(MEDIA_TYPE,)),
    dependencies=[Depends(refuse_query)],
)
async def get_runs_feed(
    request: Request, store: Store, published: Published, public_url: PublicUrl
) -> Response:
    """Return the published runs as an Atom feed, newest first.

    The run that readers are on has the category `current`, and its `updated` says since when:
    after a rollback, too.
    """
    current = await _current(published)
    runs = await store.run(list_runs)
    shown = [run for run in runs if run.state is RunState.PUBLISHED]
    body = run_feed(shown, current, public_url)
    return of_content(request, body, BRIEFLY, MEDIA_TYPE)


async def _current(published: PublishedRuns) -> tuple[str, datetime] | None:
    try:
        snapshot = await published.current()
    except NoPublishedRunError:
        return None
    return snapshot.run_id, snapshot.since
