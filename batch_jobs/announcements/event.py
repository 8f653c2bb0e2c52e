"""The event: which run readers are on now, and what has changed, as a CloudEvent 1.0 in JSON.

It is the same on every way it is sent. Its id is that of the move, so a receiver that gets it twice
can tell; a move back to an earlier run is another event.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from forecasts.run import Pointer, Run, attempt_of, issue_time_of
from forecasts.runs import UnknownRunError, get_catalogue, get_run
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text

PUBLISHED, ROLLED_BACK = "run.published", "run.rolled_back"


@dataclass(frozen=True, slots=True)
class Event:
    """What is told.

    Attributes:
        id: The same for every copy of this event, and for no other.
        type: `PUBLISHED`, or `ROLLED_BACK` if readers were on a later run before.
        body: All of it, JSON in UTF-8.
    """

    id: str
    type: str
    body: bytes


def event_of(store: Reader, pointer: Pointer, before: str | None, public_url: str) -> Event:
    """Make the event of a move.

    Args:
        store: Holds the runs and their catalogues.
        pointer: After the move.
        before: Id of the run that readers were on before; None if there was none.
        public_url: Where clients reach the API, without a slash at the end; "" if that is unknown.

    Raises:
        UnknownRunError: The run has been deleted since.
        StoreError: The store failed.
        DamagedItemError: A run or a catalogue cannot be read.
    """
    run = get_run(store, pointer.current)
    kind = ROLLED_BACK if before and _order(before) > _order(run.id) else PUBLISHED
    # Hashed, because the identity of a run is in no answer.
    move = f"{run.id}/{pointer.identity}/{pointer.version}"
    event = {
        "specversion": "1.0",
        "id": str(uuid5(NAMESPACE_URL, move)),
        "source": public_url or "stationcast",
        "type": kind,
        "time": utc_text(pointer.changed_at),
        "subject": run.id,
        "datacontenttype": "application/json",
        "data": {
            "run": _shown(run),
            "previous": before,
            "stations": run.stations,
            "series": run.report.get("series"),
            "changed": _changed(store, before, run) if before else None,
            "links": _links(run, f"{public_url}/v1/runs"),
        },
    }
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return Event(str(event["id"]), kind, body)


def _order(run_id: str) -> tuple[object, int]:
    return issue_time_of(run_id), attempt_of(run_id)


def _shown(run: Run) -> dict[str, Any]:
    """Show a run in the words of the API."""
    return {
        "id": run.id,
        "issued_at": utc_text(run.issue_time),
        "valid_until": utc_text(run.valid_until),
        "next_expected_at": utc_text(run.next_expected_at),
        "published_at": run.published_at and utc_text(run.published_at),
        "model": run.model,
        "parameters": list(run.parameters),
    } | ({"notice": run.notice} if run.notice else {})


def _links(run: Run, runs: str) -> dict[str, str]:
    links = {"run": f"{runs}/{run.id}", "feed": f"{runs}/feed"}
    return links | ({"download": f"{runs}/{run.id}/download"} if run.has_download else {})


def _changed(store: Reader, before: str, run: Run) -> dict[str, Any] | None:
    """Compare a run with the one before; None if that one has expired."""
    try:
        old = get_run(store, before)
    except UnknownRunError:
        return None
    stations, old_stations = _stations(store, run), _stations(store, old)
    return {
        "stations_added": len(stations - old_stations),
        "stations_removed": len(old_stations - stations),
        "parameters_added": [code for code in run.parameters if code not in old.parameters],
        "parameters_removed": [code for code in old.parameters if code not in run.parameters],
        "model": run.model != old.model,
    }


def _stations(store: Reader, run: Run) -> set[str]:
    return {entry.station.id for entry in get_catalogue(store, run)}
