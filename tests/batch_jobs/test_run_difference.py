"""What came, went and moved from one run to another."""

import pytest

from batch_jobs.downloads.difference import Moved, WholeRun, difference
from batch_jobs.downloads.values import values_of
from tests.factories import A_STATION, a_forecast, a_night, a_station, quantiles_around

LAGUARDIA = a_station(id="LGA", name="La Guardia")
ZURICH = a_station(id="ZRH", name="Zürich")
FIRST = a_night(parameters=("temperature", "pressure"))


def whole(run, forecasts):
    """Return a run with the values of some stations, a dictionary for each."""
    stations = list(forecasts)
    made = [a_forecast(run, station, values=values) for station, values in forecasts.items()]
    return WholeRun.of(run, [(stations, values_of(run.parameters, stations, made))])


def around(value, spread=1.0):
    """Return a forecast of temperature."""
    return {"temperature": quantiles_around(value, spread)}


def test_what_comes_and_goes():
    """Stations, parameters, and series at stations and of parameters that both runs have."""
    second = a_night(attempt=2, parameters=("temperature", "wind_speed"))
    before = {A_STATION: around(3.0), LAGUARDIA: {"pressure": quantiles_around(999)}, ZURICH: {}}
    after = {A_STATION: {}, LAGUARDIA: around(1.0), a_station(id="NEW"): around(2.0)}
    found = difference(whole(FIRST, before), whole(second, after))

    assert (found.stations_added, found.stations_removed) == (["NEW"], ["ZRH"])
    assert (found.parameters_added, found.parameters_removed) == (["wind_speed"], ["pressure"])
    assert found.series_added == ["LGA: temperature"]
    assert found.series_removed == ["JFK: temperature"]
    assert (found.compared, found.moved) == (0, [])


def test_what_moves():
    """A median that moves by more than the wider interval; the farthest first."""
    first = {A_STATION: around(3.0), LAGUARDIA: around(3.0), ZURICH: around(3.0)}
    second = {A_STATION: around(5.1), LAGUARDIA: around(5.0), ZURICH: around(9.6, 1.5)}
    found = difference(whole(FIRST, first), whole(a_night(attempt=2), second))

    time = "2013-12-30T01:00:00Z"
    assert found.moved == [
        Moved("ZRH", "Zürich", "temperature", 24, time, 3.0, 9.6, 2.2),
        Moved("JFK", A_STATION.name, "temperature", 24, time, 3.0, 5.1, 1.05),
    ]
    assert (found.compared, found.same_times) == (3, True)
    assert found.to_json()["moved"][0]["station_id"] == "ZRH"


def hourly(first):
    """Return a forecast whose median counts the hours from *first* on."""
    return {
        "temperature": {
            name: [first + hour + offset for hour in range(24)]
            for name, offset in (("p10", -0.1), ("p50", 0.0), ("p90", 0.1))
        }
    }


@pytest.mark.parametrize(("hours", "moved"), [(-3, 0), (3, 0), (24, 24), (-48, 24), (25, 24)])
def test_which_hours_are_compared(hours, moved):
    """The same valid times of runs that overlap, and otherwise the same hours of the day."""
    later = a_night(hours / 24)
    before = whole(FIRST, {A_STATION: hourly(0)})
    found = difference(before, whole(later, {A_STATION: hourly(hours)}))

    assert found.same_times is (abs(hours) < 24)
    assert sum(each.hours for each in found.moved) == moved


def test_directions_turn():
    """The distance of directions is the shorter turn, their width the arc."""
    run, again = (a_night(attempt=n, parameters=("wind_direction",)) for n in (1, 2))
    north = {"p10": [340.0] * 24, "p50": [355.0] * 24, "p90": [10.0] * 24}
    near = {"p10": [0.0] * 24, "p50": [15.0] * 24, "p90": [20.0] * 24}
    far = {"p10": [30.0] * 24, "p50": [40.0] * 24, "p90": [50.0] * 24}
    first = whole(run, {A_STATION: {"wind_direction": north}, ZURICH: {"wind_direction": north}})
    second = {A_STATION: {"wind_direction": near}, ZURICH: {"wind_direction": far}}
    found = difference(first, whole(again, second))

    assert [(each.station_id, each.widths) for each in found.moved] == [("ZRH", 1.5)]


def test_an_interval_without_a_width():
    """Zero rain that becomes some has moved by steps of the last decimal."""
    run, again = (a_night(attempt=n, parameters=("precipitation",)) for n in (1, 2))
    dry, wet = ({"precipitation": quantiles_around(value, 0.0)} for value in (0.0, 0.2))
    found = difference(whole(run, {A_STATION: dry}), whole(again, {A_STATION: wet}))

    assert [each.widths for each in found.moved] == [2.0]
