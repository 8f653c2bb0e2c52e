"""The missing stations of a run: only of published runs, in pages that belong together."""

import pytest

from forecasts.missing import LeftOut, MissingStation, left_out_items, missing_item
from forecasts.runs import rollback
from tests.api.conftest import FIRST, LOADED, SECOND

PATH = f"/v1/runs/{SECOND.id}/missing"


@pytest.fixture
def client(client, store):
    """A client of an API whose runs have lists; each run has another station."""
    for run in (FIRST, SECOND, LOADED):
        own = MissingStation(f"M-{run.id[6:8]}", "partial", {"pressure": "too_few_observations"})
        items = [missing_item(run, part, [own] if part else []) for part in range(run.parts)]
        silent = [LeftOut("SILENT", "no_observations"), LeftOut("=1+1", "no_coordinates", "=2")]
        store.put_many([*items, *left_out_items(run, silent)])
    return client


def ids(response):
    """Return the stations of an answer."""
    return [item["station_id"] for item in response.json()["items"]]


def test_only_published_runs(client):
    """A run that is not published has no list for readers."""
    assert ids(client.get(PATH)) == ["=1+1", "M-31", "SILENT"]
    assert ids(client.get(f"/v1/runs/{FIRST.id}/missing")) == ["=1+1", "M-30", "SILENT"]
    for run_id in (LOADED.id, "20200101T0000Z-1", "nonsense"):
        response = client.get(f"/v1/runs/{run_id}/missing")

        assert (response.status_code, response.json()["type"]) == (404, "/problems/run-not-found")


def test_pages_of_the_current_run_stay_on_it(client, store, clock):
    """The next page is of the run of the first page, also if another is published meanwhile."""
    first = client.get("/v1/runs/current/missing?limit=2")
    rollback(store, clock.now)
    clock.now = clock.now.replace(hour=2)
    second = client.get(f"/v1/runs/current/missing?limit=2&cursor={first.json()['next']}")

    assert ids(first) + ids(second) == ["=1+1", "M-31", "SILENT"]
    assert second.headers["forecast-run"] == SECOND.id
    assert ids(client.get("/v1/runs/current/missing"))[1] == "M-30"


def test_a_cursor_of_another_list(client):
    """A cursor is refused for another run and for another search."""
    cursor = client.get(f"{PATH}?limit=1").json()["next"]
    for other in (f"/v1/runs/{FIRST.id}/missing?", f"{PATH}?forecast=none&"):
        response = client.get(f"{other}cursor={cursor}")

        assert response.status_code == 422
        assert response.json()["errors"][0]["name"] == "cursor"


def test_filters(client):
    """Stations are chosen by a reason, or by whether they have any forecast."""
    assert ids(client.get(f"{PATH}?reason=too_few_observations")) == ["M-31"]
    assert ids(client.get(f"{PATH}?forecast=none")) == ["=1+1", "SILENT"]
    assert ids(client.get(f"{PATH}?reason=nonsense")) == []
    assert client.get(f"{PATH}?reason=a-b").status_code == 422
    assert client.get(f"{PATH}?reasons=x").json()["suggestions"] == ["reason"]


def test_csv_runs_no_formula(client):
    """Cells that begin like a formula are quoted; the file is named after the run."""
    response = client.get(f"{PATH}?format=csv&limit=1")

    assert response.text.splitlines()[1].startswith("'=1+1,none,temperature,no_coordinates,")
    assert response.headers["content-disposition"] == (
        f'inline; filename="missing-{SECOND.id}.csv"'
    )
    assert "link" in response.headers


def test_a_run_of_an_earlier_version(client, store):
    """A run without a list is not one without missing stations."""
    store.put_many([next(left_out_items(SECOND, []))._replace(expires_at=1)])
    response = client.get(PATH)

    assert response.status_code == 404
    assert response.json()["type"] == "/problems/missing-not-found"


def test_a_damaged_list(client, store, caplog):
    """The problem is named in the log."""
    store.put_many([missing_item(SECOND, 0, [])._replace(body=b"\xff")])

    assert client.get(PATH).json()["type"] == "/problems/item-damaged"
    assert f"item MISSING#{SECOND.id} / 00000 is damaged" in caplog.text
