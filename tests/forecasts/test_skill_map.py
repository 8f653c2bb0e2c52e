"""The map of stations by skill: what is put is read back, on every store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts import skill_map as maps
from forecasts.errors import DamagedItemError
from forecasts.gzip_bodies import compress
from forecasts.item import Item, Key, StationEntry, catalogue_item
from forecasts.parameter import PARAMETERS
from forecasts.runs import put_run
from forecasts.skill_map import (
    Columns,
    Places,
    StationSkill,
    carried,
    map_items,
    skill_map,
    stored_map,
)
from tests.factories import a_night, a_station

RUN, BEFORE = a_night(1), a_night(0, parts=1)
PLACES = Places(BEFORE.id, ["OLD"], "2013-12-31T00:00:00Z")
GOOD = Columns("week", {"mae": 2.5}, [bytes([120, 10]), bytes([80, 70]), bytes(2), bytes([128, 9])])


@st.composite
def columns(draw, stations):
    """Columns of any bytes."""
    bytes_of = st.binary(min_size=stations, max_size=stations)
    sums = st.dictionaries(
        st.text(max_size=9), st.floats(allow_nan=False, allow_infinity=False), max_size=3
    )
    return Columns(
        draw(st.sampled_from(("week", "zero"))), draw(sums), [draw(bytes_of) for _ in range(4)]
    )


@given(st.data())
def test_a_map_is_read_back(data):
    """Whatever is in the columns, in as many items as they need."""
    stations = data.draw(st.integers(1, 30))
    codes = data.draw(st.lists(st.sampled_from(list(PARAMETERS)), unique=True, max_size=3))
    parameters = {code: data.draw(columns(stations)) for code in codes}
    places = Places("run", data.draw(st.lists(st.text(max_size=5), max_size=3)), "then")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maps, "STATIONS_OF_AN_ITEM", data.draw(st.integers(1, 40)))
        items = map_items(RUN, places, parameters)

    assert len({item.key for item in items}) == len(items)
    assert stored_map(sorted(items, key=lambda item: item.key)) == (places, parameters)


def load(store):
    """Put the run that has the stations in order, and a map."""
    put_run(store, BEFORE)
    store.put_many([catalogue_item(BEFORE, 0, [StationEntry(a_station(), ())])])
    store.put_many(map_items(RUN, PLACES, {"temperature": GOOD}))


def test_stations_are_found_by_id(store):
    """Those of the catalogue come first, then those that it does not have."""
    load(store)
    found = skill_map(store, RUN.id, "temperature")

    assert (found.as_of, found.reference) == (PLACES.as_of, "week")
    assert found.stations == {"JFK": StationSkill(720, 0.8, 0.33), "OLD": StationSkill(60)}
    assert skill_map(store, RUN.id, "pressure") is None
    assert skill_map(store, BEFORE.id, "temperature") is None


def test_a_map_is_carried_on(store):
    """A night that verified nothing new has the map of the one before."""
    load(store)
    later = a_night(2)
    store.put_many(carried(store.query(f"VERIFICATION#{RUN.id}"), later))

    found = skill_map(store, later.id, "temperature")
    assert found == skill_map(store, RUN.id, "temperature")
    assert len(store.query(f"VERIFICATION#{later.id}")) == 2


@pytest.mark.parametrize(("byte", "skill"), [(0, 1.0), (160, 0.0), (254, -2.24), (255, None)])
def test_extremes_of_skill(store, byte, skill):
    """The scale ends at 1, for no errors at all, and at more than three times the reference's."""
    load(store)
    of_byte = GOOD._replace(columns=[*GOOD.columns[:3], bytes([byte, 0])])
    store.put_many(map_items(RUN, PLACES, {"temperature": of_byte}))

    assert skill_map(store, RUN.id, "temperature").stations["JFK"].skill == skill


@pytest.mark.parametrize("body", [b"", b"{}", b'{"reference":"a","sums":{}}\n123', b"[]\n1234"])
def test_damage_is_named(body):
    """A damaged item is an error that names it."""
    for sk in ("STATIONS", "temperature#00000"):
        item = Item(Key(f"VERIFICATION#{RUN.id}", sk), compress(body))
        with pytest.raises(DamagedItemError, match=f"VERIFICATION#{RUN.id}"):
            stored_map([item])
