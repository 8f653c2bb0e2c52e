"""How forecasts came true: at a station, and at all."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Published, StationId, Store
from api.http.conditional import JSON, of_content_and_run
from api.http.csv import MEDIA_TYPE, disposition, to_csv
from api.http.documentation import CSV, answers
from api.reading.snapshot import RawHeaders
from api.schemas.digest import digest
from api.schemas.queries import NetworkVerificationQuery, VerificationQuery
from api.schemas.verification_responses import (
    NetworkVerificationResponse,
    StationVerificationResponse,
)
from forecasts.forecast import dumps, station_answer
from forecasts.run import LEAD_HOURS, attempt_of, issue_time_of
from forecasts.scores import merged, scores_by_parameter
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text
from forecasts.verification import LEAD_GROUPS, VerifiedNetwork, VerifiedRun
from forecasts.verifications import network_verifications, station_verifications

Verified = TypeVar("Verified", VerifiedRun, VerifiedNetwork)

router = APIRouter(tags=["verification"])

_ALL = f"1-{LEAD_HOURS}"

_REFERENCES = ("persistence", "yesterday", "week", "zero")
_SCORES = ("bias", "mae", "pinball", "coverage", "below", "above")
_SKILLS = ("reference", "skill", "brier", "brier_skill", "reason")
_COLUMNS = ("parameter", "unit", "lead_from", "lead_to", "hours", *_SCORES, *_REFERENCES, *_SKILLS)


@router.get(
    "/v1/stations/{station_id}/verification",
    response_model=StationVerificationResponse,
    responses=answers(404, 422, 503, by_run=True, dated=False, also=(CSV,)),
)
async def get_station_verification(
    request: Request,
    station_id: StationId,
    query: Annotated[VerificationQuery, Query()],
    store: Store,
    published: Published,
) -> Response:
    """Say how the forecasts of a station compare with what was then observed there.

    Runs count that were verified and issued before the published run.
    """
    snapshot = await published.current()
    index = await published.stations(snapshot)
    entry = index.by_id.get(station_id)
    if entry is None:
        raise await published.unknown_station(station_id, snapshot)

    def write(reader: Reader) -> tuple[bytes, RawHeaders]:
        records = _window(station_verifications(reader, station_id), snapshot.run_id, query.days)
        answer = _verification(records, query.days, LEAD_GROUPS)
        if query.format == "csv":
            return _to_csv(answer["parameters"], f"verification-{station_id}.csv")
        return dumps({"station": station_answer(entry.station), **answer}), [JSON]

    async def make() -> tuple[bytes, RawHeaders]:
        return await store.run(write)

    asked = f"verification.{station_id}.{digest(query.key())}"
    return await of_content_and_run(request, snapshot, asked, make)


@router.get(
    "/v1/verification",
    response_model=NetworkVerificationResponse,
    responses=answers(422, 503, by_run=True, dated=False, also=(CSV,)),
)
async def get_verification(
    request: Request,
    query: Annotated[NetworkVerificationQuery, Query()],
    store: Store,
    published: Published,
) -> Response:
    """Say how the forecasts of all stations compare with what was then observed.

    Runs count that were verified and issued before the published run.
    """
    snapshot = await published.current()

    def write(reader: Reader) -> tuple[bytes, RawHeaders]:
        networks = _window(network_verifications(reader), snapshot.run_id, query.days)
        records = [_chosen(network, query) for network in networks]
        leads = (query.lead,) if query.lead else LEAD_GROUPS
        answer = _verification(records, query.days, leads)
        if query.format == "csv":
            return _to_csv(answer["parameters"], "verification.csv")
        countries = {code for network in networks for code in network.countries if code}
        return dumps({**answer, "countries": sorted(countries)}), [JSON]

    async def make() -> tuple[bytes, RawHeaders]:
        return await store.run(write)

    asked = f"verification.{digest(query.key())}"
    return await of_content_and_run(request, snapshot, asked, make)


def _chosen(network: VerifiedNetwork, query: NetworkVerificationQuery) -> VerifiedRun:
    """Add up the countries that are asked for, and leave the parameters that are."""
    sums = merged(
        {code: groups for code, groups in parameters.items() if query.parameter in ("", code)}
        for country, parameters in network.countries.items()
        if query.country in ("", country)
    )
    return VerifiedRun(network.run_id, network.as_of, sums)


def _window(records: Iterable[Verified], current: str, days: int) -> list[Verified]:
    """Return the records of the *days* before the run *current*, one for each issue time.

    Of several attempts at a night, readers have got the last one.
    """
    until = issue_time_of(current)
    found = {
        issue_time_of(record.run_id): record
        for record in sorted(records, key=lambda record: attempt_of(record.run_id))
    }
    return [found[time] for time in sorted(found) if until - timedelta(days) <= time < until]


def _verification(
    records: Sequence[VerifiedRun], days: int, leads: Sequence[str]
) -> dict[str, Any]:
    issued = [utc_text(issue_time_of(record.run_id)) for record in records]
    return {
        "days": days,
        "runs": len(records),
        "first_issued_at": issued[0] if issued else None,
        "last_issued_at": issued[-1] if issued else None,
        "as_of": utc_text(max(record.as_of for record in records)) if records else None,
        "parameters": scores_by_parameter(merged(record.sums for record in records), leads),
    }


def _to_csv(parameters: Mapping[str, Any], name: str) -> tuple[bytes, RawHeaders]:
    rows = [
        _row(code, scores["unit"], lead, each)
        for code, scores in parameters.items()
        for lead, each in _by_lead(scores).items()
    ]
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", disposition(name)),
    ]
    return to_csv([_COLUMNS, *rows]), headers


def _by_lead(scores: Mapping[str, Any]) -> dict[str, Any]:
    leads: dict[str, Any] = scores["leads"]
    return {_ALL: scores, **leads} if len(leads) > 1 else leads


def _row(code: str, unit: str, lead: str, scores: Mapping[str, Any]) -> list[object]:
    # Two columns, as a spreadsheet would make a date of 1-6.
    first, last = map(int, lead.split("-"))
    names = {"parameter": code, "unit": unit, "lead_from": first, "lead_to": last}
    cells = {**scores, **scores.get("references", {}), **names}
    return [cells.get(column) for column in _COLUMNS]
