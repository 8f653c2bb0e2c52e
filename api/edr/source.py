"""What a query of OGC API EDR is read from: a collection of the published run, or an instance."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from api.dependencies import Published, RunId
from api.edr.collections import COLLECTIONS, FORECASTS
from api.errors import CollectionNotFoundError
from api.reading.snapshot import Snapshot

#: Paths of a collection and of an instance, which `Collection` and `Instance` read.
BY_COLLECTION = "/edr/collections/{collection_id}"
BY_INSTANCE = f"/edr/collections/{FORECASTS}/instances/{{run_id}}"

CollectionId = Annotated[
    str,
    Path(
        description="The collection's id.",
        examples=["forecasts"],
        json_schema_extra={"enum": list(COLLECTIONS)},
    ),
]


@dataclass(frozen=True, slots=True)
class Source:
    """A collection, or an instance of one.

    Attributes:
        name: Id of the collection.
        snapshot: The run.
        address: Of the collection or instance.
        pinned: The run that the address names; None for the published one.
    """

    name: str
    snapshot: Snapshot
    address: str
    pinned: str | None = None


def edr_address(request: Request) -> str:
    """Return the address of the landing page; without a host if the API does not know its own."""
    return f"{request.app.state.public_url}/edr"


def check_collection(name: str) -> None:
    """Refuse a collection that there is not.

    Raises:
        CollectionNotFoundError: Suggests the nearest.
    """
    if name not in COLLECTIONS:
        raise CollectionNotFoundError(name, COLLECTIONS)


async def of_collection(
    request: Request, collection_id: CollectionId, published: Published
) -> Source:
    """Return a collection.

    Raises:
        CollectionNotFoundError: There is no such collection.
        NoPublishedRunError: There is no run yet.
    """
    check_collection(collection_id)
    address = f"{edr_address(request)}/collections/{collection_id}"
    return Source(collection_id, await published.current(), address)


async def of_instance(request: Request, run_id: RunId, published: Published) -> Source:
    """Return an instance of the forecasts.

    Raises:
        UnknownRunError: There is no such run, or it was never published.
    """
    address = f"{edr_address(request)}/collections/{FORECASTS}/instances/{run_id}"
    return Source(FORECASTS, await published.snapshot(run_id), address, run_id)


Collection = Annotated[Source, Depends(of_collection)]
Instance = Annotated[Source, Depends(of_instance)]
