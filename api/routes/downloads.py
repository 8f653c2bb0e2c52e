"""Whole runs as files: sent from this machine, or an address in a bucket to read them from."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Clock, Files, Published, RunId
from api.errors import DownloadExpiredError, DownloadNotFoundError
from api.http.conditional import BRIEFLY, NO_STORE, response
from api.http.csv import disposition
from api.http.documentation import download_answers
from api.http.files import of_file
from api.http.middleware import SENT_METHOD
from api.reading.downloads import AsyncDownloads
from api.reading.published_runs import PublishedRuns
from api.reading.snapshot import Snapshot
from api.schemas.digest import digest
from api.schemas.queries import DownloadQuery
from forecasts.downloads import MEDIA_TYPE
from forecasts.item import EXPIRY

router = APIRouter(tags=["runs"])


class _ParquetResponse(Response):
    media_type = MEDIA_TYPE


_RESPONSES = download_answers(MEDIA_TYPE)


@router.get("/v1/runs/current/download", response_class=_ParquetResponse, responses=_RESPONSES)
async def download_current_run(
    request: Request,
    query: Annotated[DownloadQuery, Query()],
    published: Published,
    files: Files,
    clock: Clock,
) -> Response:
    """Return the published run as one file, GeoParquet, or redirect to where it is."""
    snapshot = await published.current()
    return await _answer(request, query, snapshot, published, files, clock)


@router.get("/v1/runs/{run_id}/download", response_class=_ParquetResponse, responses=_RESPONSES)
async def download_run(
    request: Request,
    run_id: RunId,
    query: Annotated[DownloadQuery, Query()],
    published: Published,
    files: Files,
    clock: Clock,
) -> Response:
    """Return a run as one file, GeoParquet, or redirect to where it is.

    The run must have been published.
    """
    snapshot = await published.snapshot(run_id)
    return await _answer(request, query, snapshot, published, files, clock)


async def _answer(
    request: Request,
    query: DownloadQuery,
    snapshot: Snapshot,
    published: PublishedRuns,
    files: AsyncDownloads,
    clock: Callable[[], datetime],
) -> Response:
    run = await published.run(snapshot.run_id)
    if run.planned_at + EXPIRY <= clock():
        raise DownloadExpiredError(run.id)
    method = request.scope.get(SENT_METHOD, "GET")
    found = await files.find(run.id, query.of, method)
    if found is None:
        raise DownloadNotFoundError(run.id, query.of)
    if isinstance(found, str):
        named = [(b"forecast-run", run.id.encode()), (b"cache-control", NO_STORE.encode())]
        return response(b"", 302, [(b"location", found.encode()), *named])
    fields = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", disposition(f"{run.id}-{query.of}.parquet")),
        (b"forecast-run", run.id.encode()),
        # A night that is started again may write a file again.
        (b"cache-control", BRIEFLY.encode()),
    ]
    etag = f'"{digest(f"{snapshot.identity} {query.of} {found.version} {found.size}")}"'
    return of_file(request, found, etag, fields)
