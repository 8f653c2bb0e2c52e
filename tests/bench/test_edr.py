"""The benchmark of OGC API EDR: its figures, and a run of it."""

import asyncio
from contextlib import closing

import pytest

from api.app import make_app
from bench.edr import (
    CODES,
    LOCATION,
    LOOKUP,
    WITHOUT_EDR,
    ask,
    figures_of,
    measure_lists,
    publish,
    take_turns,
    without_edr,
)
from forecasts.item import StationEntry
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_now
from tests.factories import A_STATION, a_station

ENTRIES = [StationEntry(A_STATION, CODES), StationEntry(a_station(id="LGA"), CODES)]


@pytest.fixture
def store(tmp_path):
    """A store with a published run."""
    with closing(SQLiteStore(str(tmp_path / "bench.db"), utc_now, create=True)) as store:
        publish(store, ENTRIES)
        yield store


def test_figures():
    """Ratios are those of medians, with a target each."""
    costs = {LOOKUP: [1e-5, 2e-5, 9.0], WITHOUT_EDR: [2e-5] * 3, LOCATION: [8e-5] * 3}
    figures = {figure.name: figure for figure in figures_of(costs)}

    assert figures[LOCATION].value == pytest.approx(80)
    assert figures["location / lookup"].value == pytest.approx(4)
    assert figures["location / lookup"].met is False
    assert figures["lookup / lookup without EDR"].met is True


def test_all_kinds_are_measured(store):
    """Each kind is asked in each round, and the lists are as long as they are."""
    apps = make_app(store, utc_now), without_edr(make_app(store, utc_now))
    costs = asyncio.run(take_turns(*apps, "JFK", 2))
    lists = {figure.name: figure.value for figure in asyncio.run(measure_lists(apps[0], 1))}

    assert {kind: len(of_kind) for kind, of_kind in costs.items()} == {
        LOOKUP: 2,
        WITHOUT_EDR: 2,
        LOCATION: 2,
    }
    assert lists["list of stations: size"] > lists["list of stations, gzip: size"] > 0


def test_without_edr(store):
    """The application without EDR has none of its addresses, and a failure is not measured."""
    bare = without_edr(make_app(store, utc_now))

    for path in ("/edr", "/edr/collections/forecasts/locations/JFK"):
        with pytest.raises(RuntimeError, match="404"):
            asyncio.run(ask(bare, path, lambda _: None))
