"""A damaged run or pointer is named in the log, and costs only itself."""

import pytest

from forecasts.item import POINTER_KEY, Item, run_key
from tests.api.conftest import FIRST, SECOND


@pytest.fixture
def damage(store):
    """A function that damages the item at a key."""

    def overwrite(key):
        store.put_many([Item(key, b"\xff raw \x00", 1)])

    return overwrite


def test_the_list_names_it(client, damage, caplog):
    """The other runs are listed, then an error in the place of the damaged one."""
    damage(run_key(FIRST.id))
    *_, last = items = client.get("/v1/runs").json()["items"]

    assert len(items) == 3
    assert last["id"] == FIRST.id
    assert last["error"]["type"] == "/problems/item-damaged"
    assert f"item RUN / {FIRST.id} is damaged: not a run: not UTF-8 text; make that" in caplog.text
    assert "raw" not in caplog.text


def test_one_run(client, damage, caplog):
    """The run itself is an error that no cache keeps; the log has no traceback."""
    damage(run_key(FIRST.id))
    response = client.get(f"/v1/runs/{FIRST.id}")

    assert response.status_code == 500
    assert response.json()["type"] == "/problems/item-damaged"
    assert response.headers["cache-control"] == "no-store"
    assert f"item RUN / {FIRST.id} is damaged" in caplog.text
    assert "Traceback" not in caplog.text


def test_lookups_do_not_need_the_run(client, damage):
    """The forecasts of the published run are read although its run item is damaged."""
    damage(run_key(SECOND.id))

    assert client.get("/v1/stations/JFK/forecast").status_code == 200


@pytest.mark.parametrize("path", ["/v1/stations/JFK/forecast", "/v1/status", "/v1/runs"])
def test_a_damaged_pointer(client, damage, caplog, path):
    """Without the pointer there is no published run; the log says how to write it anew."""
    damage(POINTER_KEY)
    response = client.get(path)

    assert response.status_code == 500
    assert response.json()["type"] == "/problems/item-damaged"
    assert "item RUN / CURRENT is damaged" in caplog.text
    assert "`stationcast runs publish RUN_ID`" in caplog.text
