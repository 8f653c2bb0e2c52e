"""Verification: sums are packed and read back, from items and from a store."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.errors import FormatError
from forecasts.item import Item, forecast_key
from forecasts.parameter import PARAMETERS
from forecasts.verification import (
    LEAD_GROUPS,
    SUMS,
    VerifiedRun,
    add,
    pack,
    unpack,
)
from forecasts.verifications import station_verifications

COUNTS = ("hours", "below", "above", "zeros", "chance_hours", "wet")
AS_OF = datetime(2013, 12, 31, tzinfo=UTC)


def some_sums(code):
    """Draw the sums of a group of lead times, each a multiple of the step that is kept."""
    of = PARAMETERS[code]
    steps = 10 ** (of.decimals + (2 if of.zeros else 0))
    error = st.integers(0, int(6 * min(of.maximum, 2000) * steps)).map(lambda n: n / steps)
    kinds = dict.fromkeys(SUMS, error)
    kinds |= dict.fromkeys(COUNTS, st.integers(0, 6).map(float))
    kinds |= {
        "bias": st.tuples(error, st.sampled_from([1, -1])).map(lambda pair: pair[0] * pair[1])
    }
    kinds |= {"brier": st.integers(0, 6000).map(lambda n: n / 1000)}
    if not of.zeros:
        kinds |= dict.fromkeys(SUMS[SUMS.index("zero") :], st.just(0.0))
    return st.tuples(*(kinds[name] for name in SUMS))


def groups_of(code):
    """Draw the sums of all groups of a parameter."""
    return st.tuples(*[some_sums(code)] * len(LEAD_GROUPS))


@st.composite
def records(draw):
    """Draw a verified run."""
    codes = draw(st.lists(st.sampled_from(sorted(PARAMETERS)), unique=True, max_size=4))
    issued = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 99_999)))
    run = f"{issued:%Y%m%dT%H%MZ}-{draw(st.integers(1, 9999))}"
    as_of = issued + timedelta(hours=draw(st.integers(24, 200)))
    return VerifiedRun(run, as_of, {code: draw(groups_of(code)) for code in codes})


@given(st.lists(records(), max_size=3))
def test_records_are_read_back(some):
    """What was packed comes back, to the step of each sum."""
    assert unpack(pack(some)) == some


def a_record(run_id="20131230T0000Z-1", as_of=AS_OF, mae=9.0):
    """Return a verified run of one parameter."""
    sums = (6.0, 1.0, 0.0, -1.5, mae, 3.0, 12.0, 10.0, 8.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return VerifiedRun(run_id, as_of, {"temperature": (sums,) * 4})


@given(st.binary(max_size=60).filter(lambda text: text != b"\x01"), st.data())
def test_other_bytes_are_refused(text, data):
    """Bytes that are no verification raise the one error; so does one that is cut off."""
    packed = pack([a_record()])
    cut = data.draw(st.integers(2, len(packed) - 1))
    for other in (text, packed[:cut]):
        with pytest.raises(FormatError, match="not a verification"):
            unpack(other)


def test_a_record_without_its_numbers_is_refused():
    """Another number of groups does not read past the end."""
    short = a_record()._replace(sums={"temperature": a_record().sums["temperature"][:3]})
    with pytest.raises(FormatError, match="too few numbers"):
        unpack(pack([short]))


@pytest.mark.parametrize("hours", [7.0, -1.0, 2.5])
def test_impossible_counts(hours):
    """A group has at most six hours."""
    sums = (hours, *a_record().sums["temperature"][0][1:])
    with pytest.raises(ValueError, match="is not a number of hours of a group of 6"):
        pack([a_record()._replace(sums={"temperature": (sums,) * 4})])


def test_sums_add_up():
    """Stations and runs are added group by group."""
    one, two = a_record().sums["temperature"], a_record(mae=3.0).sums["temperature"]
    assert [sums[SUMS.index("mae")] for sums in add([one, two])] == [12.0] * 4
    assert [sums[SUMS.index("hours")] for sums in add([one, two])] == [12.0] * 4


def put(store, night, *some, station_id="JFK"):
    """Put a forecast with verified runs."""
    key = forecast_key(station_id, night)
    store.put_many([Item(key, b"", verification=pack(some) if some else None)])


def test_the_newest_truth_counts(store):
    """Of a run that was verified twice the later `as_of` counts; runs are in order of time."""
    later = AS_OF + timedelta(days=4)
    first, second = "20131229T0000Z-1", "20131230T0000Z-1"
    put(store, "20131230T0000Z-1", a_record(first, AS_OF - timedelta(days=1)))
    put(store, "20131231T0000Z-1", a_record(second))
    put(store, "20140103T0000Z-1", a_record(second, later, 7.0), a_record(first, AS_OF, 5.0))
    put(store, "20140104T0000Z-1")
    put(store, "20140104T0000Z-1", a_record(mae=99.0), station_id="LGA")
    store.put_many([Item(forecast_key("JFK", "20140105T0000Z-1"), b"", verification=b"damaged")])

    assert station_verifications(store, "JFK") == [
        a_record(first, AS_OF, 5.0),
        a_record(second, later, 7.0),
    ]
    assert station_verifications(store, "EWR") == []
