"""Items are sized as DynamoDB sizes them."""

from contextlib import closing

import pytest

from bench.harness.stored import item_bytes, stored_sizes, verification_units, write_units
from forecasts.item import Item, Key, StationEntry, catalogue_item, forecast_item
from forecasts.runs import publish, put_run
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.stores.sqlite import SQLiteStore
from forecasts.verification import VerifiedNetwork
from forecasts.verifications import network_item, with_verification
from tests.factories import A_STATION, NOW, a_forecast, a_run
from tests.packed import history_item
from tests.verified import groups_of

KEY = Key("S#São-1", "F#20131230T0000Z-1")


def an_item(size, **changes):
    """Return an item that takes *size* bytes of the table."""
    empty = Item(KEY, b"", **changes)
    return Item(KEY, bytes(size - item_bytes(empty)), **changes)


@pytest.mark.parametrize("changes", [{}, {"expires_at": 1_391_043_601}, {"version": 3}])
@pytest.mark.parametrize(("size", "units"), [(1024, 1), (1025, 2), (2048, 2), (2049, 3)])
def test_units_of_dynamodb(dynamodb, table, clock, size, units, changes):
    """DynamoDB begins a new write unit at the very byte at which we do."""
    with closing(DynamoDBStore(table, clock, dynamodb)) as store:
        charged = store.put_many([an_item(size, **changes)])

    assert charged == write_units(size) == units


def test_sizes_of_a_night(tmp_path, clock):
    """Forecast, history and catalogue count, the run for each of its puts, and the pointer."""
    run = a_run(planned_at=NOW.replace(year=2100))
    line = {"station_id": "JFK", "latitude": 40.6, "longitude": -73.8, "elevation": 4.0}
    forecast = forecast_item("JFK", run, a_forecast().to_body())
    path = tmp_path / "forecasts.db"
    with closing(SQLiteStore(str(path), clock, create=True)) as store:
        store.put_many([forecast, history_item(line | {"history": {}}, run)])
        store.put_many([catalogue_item(run, 0, [StationEntry(A_STATION, ("temperature",))])])
        put_run(store, run)
        publish(store, run.id, NOW)
    sizes = stored_sizes(path, run.id)

    assert sizes.forecast_bytes == [item_bytes(forecast)]
    assert sizes.write_units == 7
    assert sizes.file_bytes == path.stat().st_size


def test_units_of_verification(tmp_path, clock):
    """Items of the network, and what records add to forecasts; fewer countries are a part of it."""
    run = a_run(planned_at=NOW.replace(year=2100))
    codes = ("temperature", "pressure", "precipitation", "wind_speed")
    countries = {
        f"{chr(97 + index % 26)}{index}": {
            code: groups_of(code, mae=1.37**index, week=1.21**index) for code in codes
        }
        for index in range(60)
    }
    network = VerifiedNetwork("20131228T0000Z-1", NOW, run.id, run.id, 4, countries)
    others = network._replace(run_id="20131227T0000Z-1", by="20131229T0000Z-1")
    forecast = with_verification(forecast_item("JFK", run, a_forecast().to_body()), [bytes(900)])
    path = tmp_path / "forecasts.db"
    with closing(SQLiteStore(str(path), clock, create=True)) as store:
        store.put_many([forecast, network_item(network, run), network_item(others, run)])
        store.put_many([catalogue_item(run, 0, [StationEntry(A_STATION, ("temperature",))])])
        put_run(store, run)
    added = verification_units(path, run.id)
    fewer = verification_units(path, run.id, 20)

    assert added == (60, 1 + write_units(item_bytes(network_item(network, run))))
    assert fewer.countries == 20
    assert 1 < fewer.write_units < added.write_units
