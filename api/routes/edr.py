"""OGC API EDR: what there is. The landing page, conformance, collections and instances."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Clock, Published, Store
from api.edr import collections as described
from api.edr.collections import COLLECTIONS
from api.edr.route import EDRRoute
from api.edr.source import BY_COLLECTION, BY_INSTANCE, Collection, Instance, edr_address
from api.http.conditional import BRIEFLY, JSON, of_content, of_run
from api.http.documentation import answers
from api.reading.snapshot import CURRENT, RawHeaders
from api.schemas.digest import digest
from api.schemas.edr_queries import MetadataQuery
from api.schemas.edr_responses import (
    EDRCollection,
    EDRCollections,
    EDRConformance,
    EDRInstances,
    EDRLandingPage,
)
from forecasts import runs
from forecasts.forecast import dumps
from forecasts.item import EXPIRY
from forecasts.run import RunState

router = APIRouter(tags=["EDR"], route_class=EDRRoute)

NoQuery = Annotated[MetadataQuery, Query()]


@router.get("/edr", response_model=EDRLandingPage, responses=answers())
async def get_edr_landing_page(request: Request, _query: NoQuery) -> Response:
    """Return where to begin with OGC API Environmental Data Retrieval 1.2."""
    return of_content(request, dumps(described.landing_page(edr_address(request))), CURRENT)


@router.get("/edr/conformance", response_model=EDRConformance, responses=answers())
async def get_edr_conformance(request: Request, _query: NoQuery) -> Response:
    """Return the classes of requirements of the standard that are kept."""
    return of_content(request, dumps(described.conformance()), CURRENT)


@router.get("/edr/collections", response_model=EDRCollections, responses=answers(503, by_run=True))
async def list_edr_collections(request: Request, _query: NoQuery, published: Published) -> Response:
    """Return the collections: forecasts, and the observations that they were made from."""
    snapshot, edr = await published.current(), edr_address(request)

    async def make() -> tuple[bytes, RawHeaders]:
        run, index = await published.run(snapshot.run_id), await published.stations(snapshot)
        each = [described.collection(edr, name, run, index) for name in COLLECTIONS]
        return dumps(described.collections(edr, each)), [JSON]

    return await of_run(request, snapshot, f"edr.collections.{digest(edr)}", [], make)


@router.get(
    BY_COLLECTION,
    response_model=EDRCollection,
    responses=answers(404, 503, by_run=True),
)
async def get_edr_collection(
    request: Request, source: Collection, _query: NoQuery, published: Published
) -> Response:
    """Return a collection: its extent, its parameters, and what can be asked of it."""
    snapshot, edr = source.snapshot, edr_address(request)

    async def make() -> tuple[bytes, RawHeaders]:
        run, index = await published.run(snapshot.run_id), await published.stations(snapshot)
        return dumps(described.collection(edr, source.name, run, index)), [JSON]

    return await of_run(request, snapshot, f"edr.{source.name}.{digest(edr)}", [], make)


@router.get(
    "/edr/collections/forecasts/instances", response_model=EDRInstances, responses=answers(503)
)
async def list_edr_instances(
    request: Request, _query: NoQuery, store: Store, clock: Clock
) -> Response:
    """Return the instances of the forecasts: the published runs, newest first."""
    # Runs are kept for longer than their forecasts.
    since = clock() - EXPIRY
    published = [
        run
        for run in await store.run(runs.list_runs)
        if run.state is RunState.PUBLISHED and run.planned_at > since
    ]
    body = dumps(described.instances(edr_address(request), published))
    return of_content(request, body, BRIEFLY)


@router.get(
    BY_INSTANCE,
    response_model=EDRCollection,
    responses=answers(404, 503, by_run=True),
)
async def get_edr_instance(
    request: Request, source: Instance, _query: NoQuery, published: Published
) -> Response:
    """Return an instance of the forecasts: a published run."""
    snapshot, edr = source.snapshot, edr_address(request)

    async def make() -> tuple[bytes, RawHeaders]:
        return dumps(described.instance(edr, await published.run(snapshot.run_id))), [JSON]

    return await of_run(request, snapshot, f"edr.instance.{digest(edr)}", [], make)
