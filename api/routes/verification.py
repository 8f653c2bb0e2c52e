"""How forecasts came true: at a station."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Published, StationId, Store
from api.http.conditional import JSON, of_run
from api.http.csv import MEDIA_TYPE, disposition, to_csv
from api.http.documentation import CSV, answers
from api.reading.snapshot import RawHeaders
from api.schemas.digest import digest
from api.schemas.queries import VerificationQuery
from api.schemas.verification_responses import StationVerificationResponse
from forecasts.forecast import dumps, station_answer
from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS, attempt_of, issue_time_of
from forecasts.scores import scores_by_lead
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text
from forecasts.verification import LEAD_GROUPS, Sums, VerifiedRun, add
from forecasts.verifications import station_verifications

router = APIRouter(tags=["verification"])

_ALL = f"1-{LEAD_HOURS}"

_REFERENCES = ("persistence", "yesterday", "week", "zero")
_SCORES = ("bias", "mae", "pinball", "coverage", "below", "above")
_SKILLS = ("reference", "skill", "brier", "brier_skill", "reason")
_COLUMNS = ("parameter", "unit", "lead_from", "lead_to", "hours", *_SCORES, *_REFERENCES, *_SKILLS)


@router.get(
    "/v1/stations/{station_id}/verification",
    response_model=StationVerificationResponse,
    responses=answers(404, 422, 503, by_run=True, also=(CSV,)),
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
        answer = _verification(records, query.days)
        if query.format == "csv":
            return _to_csv(answer["parameters"], f"verification-{station_id}.csv")
        return dumps({"station": station_answer(entry.station), **answer}), [JSON]

    async def make() -> tuple[bytes, RawHeaders]:
        return await store.run(write)

    return await of_run(
        request, snapshot, f"verification.{station_id}.{digest(query.key())}", [], make
    )


def _window(records: Iterable[VerifiedRun], current: str, days: int) -> list[VerifiedRun]:
    """Return the records of the *days* before the run *current*, one for each issue time.

    Of several attempts at a night, readers have got the last one.
    """
    until = issue_time_of(current)
    found = {
        issue_time_of(record.run_id): record
        for record in sorted(records, key=lambda record: attempt_of(record.run_id))
    }
    return [found[time] for time in sorted(found) if until - timedelta(days) <= time < until]


def _verification(records: list[VerifiedRun], days: int) -> dict[str, Any]:
    codes = {code for record in records for code in record.sums}
    sums = {
        code: add(record.sums[code] for record in records if code in record.sums)
        for code in PARAMETERS
        if code in codes
    }
    return {
        "days": days,
        "runs": len(records),
        "first_issued_at": utc_text(issue_time_of(records[0].run_id)) if records else None,
        "last_issued_at": utc_text(issue_time_of(records[-1].run_id)) if records else None,
        "as_of": utc_text(max(record.as_of for record in records)) if records else None,
        "parameters": {code: _scores(code, groups) for code, groups in sums.items()},
    }


def _scores(code: str, groups: tuple[Sums, ...]) -> dict[str, Any]:
    by_lead = dict(zip(LEAD_GROUPS, groups, strict=True))
    return {"unit": PARAMETERS[code].unit, **scores_by_lead(by_lead)}


def _to_csv(parameters: Mapping[str, Any], name: str) -> tuple[bytes, RawHeaders]:
    rows = [
        _row(code, scores["unit"], lead, each)
        for code, scores in parameters.items()
        for lead, each in {_ALL: scores, **scores["leads"]}.items()
    ]
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", disposition(name)),
    ]
    return to_csv([_COLUMNS, *rows]), headers


def _row(code: str, unit: str, lead: str, scores: Mapping[str, Any]) -> list[object]:
    # Two columns, as a spreadsheet would make a date of 1-6.
    first, last = map(int, lead.split("-"))
    names = {"parameter": code, "unit": unit, "lead_from": first, "lead_to": last}
    cells = {**scores, **scores.get("references", {}), **names}
    return [cells.get(column) for column in _COLUMNS]
