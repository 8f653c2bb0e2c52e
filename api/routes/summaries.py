"""A station's day in numbers, made of its forecast."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Items, Published, StationId
from api.http.conditional import JSON, of_run
from api.http.documentation import answers
from api.reading.selection import summarize
from api.reading.snapshot import RawHeaders
from api.reading.stored_forecasts import check_station_id, stored_forecast
from api.schemas.digest import digest
from api.schemas.forecast_queries import SummaryQuery
from api.schemas.forecast_responses import SummaryResponse
from forecasts.forecast import dumps

router = APIRouter(tags=["forecasts"])


@router.get(
    "/v1/stations/{station_id}/summary",
    response_model=SummaryResponse,
    responses=answers(404, 422, 503, by_run=True),
)
async def get_station_summary(
    request: Request,
    station_id: StationId,
    query: Annotated[SummaryQuery, Query()],
    items: Items,
    published: Published,
) -> Response:
    """Return highs and lows, means, the chance of rain and the air quality of a station's day.

    They are about all 24 hours of the forecast, and about the hours of each local day. The forecast
    has the same as `daily` if you ask for it.
    """
    snapshot = await published.snapshot(query.run)
    await check_station_id(station_id, snapshot, published)

    async def make() -> tuple[bytes, RawHeaders]:
        body = await stored_forecast(station_id, snapshot, items, published)
        return dumps(summarize(body, query)), [JSON]

    asked = f"summary.{station_id}.{digest(query.key())}"
    source = (b"forecast-source", b"precomputed")
    return await of_run(request, snapshot, asked, [source], make)
