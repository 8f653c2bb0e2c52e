"""`runs check` reads a whole store and names what is damaged."""

from contextlib import closing
from datetime import timedelta

import pytest

from batch_jobs.nightly import Night, run_night
from forecasts.gzip_bodies import compress
from forecasts.item import (
    POINTER_KEY,
    Key,
    catalogue_key,
    forecast_key,
    history_key,
    map_key,
    run_key,
)
from forecasts.missing import left_out_key, missing_key
from forecasts.run import RunState
from forecasts.runs import get_run, put_run
from forecasts.stores.open import open_store
from forecasts.stores.pace import Pace
from forecasts.times import utc_now
from forecasts.verifications import network_key
from local.store_check import StoreCheck
from tests.batch_jobs.observations.parquet_folder import at
from tests.command_line import run, said
from tests.factories import ISSUE_TIME, a_night

ID, BEFORE = "20131230T0000Z-1", "20131229T0000Z-1"
ITEMS = {
    "pointer": POINTER_KEY,
    "run": run_key(ID),
    f"catalogue of run {ID}": catalogue_key(ID, 0),
    f"maps of run {ID}": map_key(ID, "pressure", 0),
    f"forecasts of run {ID}": forecast_key("JFK", ID),
    f"histories of run {ID}": history_key("JFK", ID),
    f"missing stations of run {ID}": missing_key(ID, 0),
    f"stations left out of run {ID}": left_out_key(ID, 0),
    f"verification of run {BEFORE}": network_key(BEFORE),
    f"stations of the map of skill of run {ID}": Key(f"VERIFICATION#{ID}", "STATIONS"),
    f"map of skill of run {ID}": Key(f"VERIFICATION#{ID}", "pressure#00000"),
}


@pytest.fixture
def url(tmp_path, model, observations):
    """The URL of a store after two nights."""
    found = f"sqlite:///{tmp_path}/forecasts.db"
    with closing(open_store(found, utc_now, create=True)) as store:
        for issue_time in (ISSUE_TIME - timedelta(days=1), ISSUE_TIME):
            run_night(Night(store, model, str(observations), issue_time, utc_now))
    return found


def test_all_is_well(url):
    """A whole store and a whole run have exit status 0."""
    for options in ((), ("--run", ID)):
        result = run("runs", "check", "--store", url, *options)

        assert (result.exit_code, result.stdout) == (0, "All items can be read\n")


@pytest.mark.parametrize("what", ITEMS)
def test_damaged(url, what):
    """What is damaged is named, with the command that helps, and the exit status is 1."""
    key = ITEMS[what]
    with closing(open_store(url, utc_now)) as store:
        store.put_many([store.get(key)._replace(body=b"\x80 raw")])
    result = run("runs", "check", "--store", url)
    text = said(result)

    assert result.exit_code == 1
    assert key.pk in text
    assert "1 of" in text
    assert "To do: " in text
    assert "stationcast runs publish" in text or "--new-attempt" in text
    assert "Error: 1 items are damaged" in text


@pytest.fixture
def damages(store, model, observations, clock):
    """A function that says what is damaged in a store of each kind, after a change of one item."""
    run_night(Night(store, model, str(observations), ISSUE_TIME, clock))

    def check(key, **changes):
        store.put_many([store.get(key)._replace(**changes)])
        checked = StoreCheck(store, clock.now, lambda each, *_: each, Pace(1e9))
        return [(each.what, each.damaged, each.items, each.first) for each in checked.all()]

    return check


def test_an_item_that_is_gone(damages):
    """An item that is not there is damage, too."""
    assert damages(forecast_key("JFK", ID), expires_at=1) == [
        (f"forecasts of run {ID}", 1, 3, f"S#JFK / F#{ID}: it is not there")
    ]


def test_a_forecast_of_another_station(damages, store):
    """A forecast under the key of another station is damage."""
    body = store.get(forecast_key("LGA", ID)).body
    (found,) = damages(forecast_key("JFK", ID), body=body)

    assert found[3].endswith("it is of another station or run")


def test_records_of_a_station(damages):
    """Records of earlier runs beside a forecast are read as well."""
    (found,) = damages(forecast_key("JFK", ID), verification=b"\xff raw")

    assert found[:3] == (f"forecasts of run {ID}", 1, 3)
    assert "not a verification" in found[3]


def test_a_forecast_that_is_no_forecast(damages):
    """A right checksum is not enough."""
    (found,) = damages(forecast_key("JFK", ID), body=compress(b"{}"))

    assert found[3] == f"S#JFK / F#{ID}: not a forecast: no field 'run'"


def test_a_run_of_an_earlier_version(damages, store):
    """A run without any list of missing stations is whole."""
    store.put_many([store.get(missing_key(ID, 0))._replace(expires_at=1)])

    assert damages(left_out_key(ID, 0), expires_at=1) == []


def test_a_pointer_to_nothing(damages):
    """A pointer whose run is gone is damage."""
    ((what, _, _, first),) = damages(run_key(ID), expires_at=1)

    assert (what, first) == ("pointer", f"RUN / CURRENT: run {ID} is not in the store")


def test_runs_without_items(damages, store, clock):
    """Runs that are planned, and nights whose forecasts have expired, have nothing to check."""
    put_run(store, a_night(1, state=RunState.PLANNED))
    clock.now = at(0) + timedelta(days=40)
    item = store.get(run_key(ID))

    assert get_run(store, ID).state is RunState.PUBLISHED
    assert damages(run_key(ID), body=item.body) == []


def test_one_damaged_run(url):
    """`--run` names the run itself if it is damaged."""
    with closing(open_store(url, utc_now)) as store:
        store.put_many([store.get(run_key(ID))._replace(body=b"\x80 raw")])
    result = run("runs", "check", "--store", url, "--run", ID)

    assert result.exit_code == 1
    assert "not UTF-8 text" in said(result)


@pytest.mark.slow
def test_a_foreign_item(store, request, clock, model, observations):
    """In DynamoDB, what another program wrote under a key of ours is named, and nothing else."""
    if not hasattr(store, "access"):
        pytest.skip("only boto3's store is asked")
    run_night(Night(store, model, str(observations), ISSUE_TIME, clock))
    key = forecast_key("JFK", ID)
    client, table = request.getfixturevalue("dynamodb"), request.getfixturevalue("table")
    client.put_item(TableName=table, Item={"pk": {"S": key.pk}, "sk": {"S": key.sk}})
    checked = StoreCheck(store, clock.now, lambda each, *_: each, Pace(1e9))
    (found,) = checked.all()

    assert (found.damaged, found.items) == (1, 3)
    assert "not an item of this table: no field 'body'" in found.first
