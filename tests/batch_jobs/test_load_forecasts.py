"""LoadForecasts makes the items of a part from the transform's output."""

import json

import pytest

from batch_jobs.load_forecasts import load_forecasts
from batch_jobs.load_report import LoadReport
from batch_jobs.plan_run import Part
from forecasts.forecast import Forecast
from forecasts.item import (
    decompress,
    forecast_key,
    history_key,
    history_of,
    map_json,
    map_key,
)
from forecasts.missing import LeftOut, MissingStation, get_missing
from forecasts.runs import get_catalogue
from tests.factories import a_run, a_station, quantiles_around

STATIONS = (a_station(id="A"), a_station(id="B"))
RUN = a_run(stations=2)
PART = Part(0, STATIONS)


def input_line(station_id, **changes):
    """Return a transform line of a station."""
    return {
        "station_id": station_id,
        "latitude": 40.6,
        "longitude": -73.8,
        "elevation": None,
        "issue_time": "2013-12-30T00:00:00Z",
        "history": {"temperature": [3.9, None, *[4.4] * 166]},
    } | changes


def output_line(station_id, **changes):
    """Return a line of transform output."""
    return {
        "station_id": station_id,
        "issue_time": "2013-12-30T00:00:00Z",
        "model": "v1",
        "values": {"temperature": quantiles_around(3.6)},
        "missing": {"pressure": "too_few_observations"},
    } | changes


def encode(*lines):
    """Write lines as JSON Lines; a text is written unchanged."""
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    return "".join(f"{text}\n" for text in texts).encode()


INPUT = encode(input_line("A"), input_line("B"))


def load(store, *lines):
    """Load a part whose transform output is *lines*."""
    return load_forecasts(store, RUN, PART, INPUT, encode(*lines))


def forecast_of(store, station_id):
    """Return a station's stored forecast, or None."""
    item = store.get(forecast_key(station_id, RUN.id))
    return item and Forecast.from_body(decompress(item.body))


def test_a_part_becomes_forecasts_histories_and_catalogue(store):
    """Lines are matched by station id, whatever their order."""
    report = load(store, output_line("B"), output_line("A"))

    forecast = forecast_of(store, "A")
    assert forecast.values == {"temperature": quantiles_around(3.6)}
    assert forecast.missing == {"pressure": "too_few_observations"}
    assert forecast.model == "v1"
    assert history_of(store.get(history_key("B", RUN.id))) == input_line("B")
    assert [entry.station.id for entry in get_catalogue(store, RUN)] == ["A", "B"]
    assert get_catalogue(store, RUN)[0].parameters == ("temperature",)
    assert (report.stations, report.faults) == (2, {})
    assert report.missing == {"too_few_observations": 2}


def test_a_part_becomes_a_map_of_each_parameter(store):
    """The map has medians in the catalogue's order for every parameter that the run forecasts."""
    load(store, output_line("B", values={}), output_line("A"))
    maps = [store.get(map_key(RUN.id, code, 0)) for code in RUN.parameters]

    assert json.loads(map_json([maps[0]])) == [quantiles_around(3.6)["p50"], None]
    assert json.loads(map_json([maps[1]])) == [None, None]


def test_loading_twice_changes_nothing(store):
    """A part whose load was killed halfway is simply loaded again."""
    load(store, output_line("A"), output_line("B"))
    before = store.get(forecast_key("A", RUN.id)), store.query("CATALOGUE#" + RUN.id)
    load(store, output_line("A"), output_line("B"))

    assert (store.get(forecast_key("A", RUN.id)), store.query("CATALOGUE#" + RUN.id)) == before


@pytest.mark.parametrize(
    ("line", "reason", "words"),
    [
        ("{half a li", "bad_line", "part-00000.jsonl.out:2"),
        ("[]", "bad_line", "part-00000.jsonl.out:2"),
        ({"values": {}}, "bad_line", "station_id"),
        (output_line(["B"]), "bad_line", "station_id"),
        (output_line("B", values=[1]), "bad_line", "values is [1]"),
        (output_line("B", missing="all"), "bad_line", "missing is 'all'"),
        (output_line("B", missing={"pressure": []}), "bad_line", "a reason that is not text"),
        (output_line("B", model=5), "bad_line", "model is 5"),
        (output_line("B", model={}), "bad_line", "model is {}"),
        (output_line("B", values=False), "bad_line", "values is False"),
        (output_line("B", model="\ud800"), "bad_line", "surrogates not allowed"),
        (output_line("Z"), "unknown_station", "station 'Z' is not in this part"),
        (output_line("A"), "duplicate_station", "a second line for station 'A'"),
    ],
)
def test_a_bad_line_is_counted_and_named(store, line, reason, words):
    """The other stations are loaded, and the missing one is named."""
    report = load(store, output_line("A"), line)

    assert report.faults == {reason: 1, "missing_station": 1}
    assert words in report.examples[0]
    assert report.examples[1] == "part-00000.jsonl.out: no line for station B"
    assert forecast_of(store, "A") is not None
    assert forecast_of(store, "B") is None


def test_a_refused_line(store):
    """A station that the model refused is counted with the model's reason, once."""
    error = {"station_id": "B", "error": "line 2: no field 'history'"}
    bad = ("{half a li", "[]", "[" * 100_000, {"station_id": ["B"]})
    bad_input = encode(input_line("A"), *bad)
    report = load_forecasts(store, RUN, PART, bad_input, encode(output_line("A"), error))

    assert (report.stations, report.faults) == (1, {"refused_line": 1})
    assert report.examples == ["part-00000.jsonl.out:2: station 'B': line 2: no field 'history'"]
    assert forecast_of(store, "A") is not None
    assert forecast_of(store, "B") is None


def test_a_refused_line_without_a_station(store):
    """If a line was too damaged to name its station, the station is missing as well."""
    error = {"station_id": None, "error": "line 2: not JSON"}
    report = load(store, output_line("A"), error)

    assert report.faults == {"refused_line": 1, "missing_station": 1}


@pytest.mark.parametrize(
    "quantiles",
    [
        quantiles_around(3.6) | {"p50": [1.0] * 23},
        quantiles_around(3.6) | {"p50": [None] * 24},
        quantiles_around(1) | {"p50": [True] * 24},
        quantiles_around(3.6) | {"p50": [float("nan")] * 24},
        quantiles_around(3.6) | {"p50": [float("inf")] * 24},
        quantiles_around(3.6) | {"p50": [float("inf"), float("-inf")] * 12},
        quantiles_around(3.6) | {"p99": [1.0] * 24},
        {"p50": [1.0] * 24},
        None,
        quantiles_around(200, 0),
        quantiles_around(5, -1),
    ],
)
def test_a_series_that_must_not_be_published_is_missing(store, quantiles):
    """Such a series is counted and not published; the station's other parameters are."""
    values = {"temperature": quantiles, "wind_speed": quantiles_around(5)}
    report = load(store, output_line("A", values=values), output_line("B"))

    forecast = forecast_of(store, "A")
    assert list(forecast.values) == ["wind_speed"]
    assert forecast.missing["temperature"] == "invalid_forecast"
    assert report.faults == {"invalid_forecast": 1}


@pytest.mark.parametrize(
    ("quantiles", "published"),
    [((350, 10, 40), True), ((0, 179, 358), True), ((40, 10, 350), False), ((9, 200, 300), False)],
)
def test_directions(store, quantiles, published):
    """An interval goes clockwise from p10 over p50 to p90; its width is that of the arc."""
    hours = {name: [each] * 24 for name, each in zip(RAIN, quantiles, strict=True)}
    report = load(store, output_line("A", values={"wind_direction": hours}), output_line("B"))

    assert ("wind_direction" in forecast_of(store, "A").values) == published
    assert report.faults == ({} if published else {"invalid_forecast": 1})
    if published:
        width = report.parameters["wind_direction"].width_sum
        assert width == 24 * ((quantiles[2] - quantiles[0]) % 360)


RAIN = {name: [0.0] * 24 for name in ("p10", "p50", "p90")}


def rain(chance=0.1, chance_24h=0.4, **changes):
    """Return the changes of an output line that forecasts rain."""
    values = {"precipitation": RAIN | {"chance": [chance] * 24} | changes}
    return {"values": values, "chance_24h": {"precipitation": chance_24h}}


def test_what_a_reference_forecast_is_marked(store):
    """The item has the name of what stood in for the model; of what has no values, nothing."""
    values = {"precipitation": RAIN}
    models = {"precipitation": "reference", "temperature": "reference"}
    bad = {"values": values, "models": {"precipitation": 1}}
    report = load(
        store,
        output_line("A", values=values, models=models),
        output_line("B", **bad),
        output_line("B", values=values),
    )

    assert forecast_of(store, "A").models == {"precipitation": "reference"}
    assert forecast_of(store, "B").models == {}
    assert "models" not in json.loads(decompress(store.get(forecast_key("B", RUN.id)).body))
    assert report.faults


def test_chances_are_published(store):
    """They stand beside the quantiles; old models give none."""
    without = {"values": {"precipitation": RAIN}}
    load(store, output_line("A", **rain()), output_line("B", **without))
    old = json.loads(decompress(store.get(forecast_key("B", RUN.id)).body))

    assert forecast_of(store, "A").values["precipitation"]["chance"] == [0.1] * 24
    assert forecast_of(store, "A").chance_24h == {"precipitation": 0.4}
    assert "chance_24h" not in old
    assert forecast_of(store, "B").chance_24h == {}


@pytest.mark.parametrize(
    "changes",
    [
        rain(chance=1.01),
        rain(chance=-0.1),
        rain(chance_24h=2),
        rain(chance_24h="likely"),
        rain(chance_24h=True),
    ],
)
def test_a_bad_chance(store, changes):
    """A parameter with a chance that is none is missing."""
    report = load(store, output_line("A", **changes), output_line("B"))

    assert report.faults == {"invalid_forecast": 1}
    assert "precipitation has a chance that is not between 0 and 1" in report.examples[0]
    assert forecast_of(store, "A").missing["precipitation"] == "invalid_forecast"


def test_an_unknown_parameter(store):
    """A parameter that is not in the catalogue is a fault, and the others are published."""
    values = {"mood": quantiles_around(5), "temperature": quantiles_around(3.6)}
    line = output_line("A", values=values, missing={"mood": "sad", "pressure": "too_few"})
    report = load(store, line, output_line("B"))

    assert list(forecast_of(store, "A").values) == ["temperature"]
    assert forecast_of(store, "A").missing == {"pressure": "too_few"}
    assert report.examples == ["station A: mood is not in the catalogue"]


@pytest.mark.parametrize("model", [None, ""])
def test_a_line_without_a_model(store, model):
    """If a line names no model, it is the run's."""
    load(store, output_line("A", model=model), output_line("B"))

    assert forecast_of(store, "A").model == RUN.model


def test_blank_lines_are_nothing(store):
    """SageMaker may add a newline to each answer of the model, which ends with one already."""
    report = load(store, output_line("A"), "", output_line("B"), " \r", "")

    assert (report.stations, report.faults) == (2, {})


def test_a_few_bad_lines_are_named(store):
    """All bad lines are counted, and a few are named as examples."""
    report = load(store, output_line("A"), output_line("B"), *["[]"] * 50)

    assert report.faults == {"bad_line": 50}
    assert len(report.examples) == 10


def test_reports_of_parts_add_up(store):
    """The reports of two parts add up to that of one."""
    whole = LoadReport()
    for _ in range(2):
        whole.merge(load(store, output_line("A"), "[]"))

    assert whole.stations == 2
    assert whole.faults == {"bad_line": 2, "missing_station": 2}
    assert whole.parameters["temperature"].series == 2
    assert whole.parameters["temperature"].median_sum == pytest.approx(2 * 24 * 3.6)
    assert len(whole.examples) == 4


def test_missing_stations(store):
    """Each station that lacks a forecast is stored with its reasons; others are not."""
    run = a_run(stations=4, parameters=("temperature", "pressure", "pm25"))
    stations = tuple(a_station(id=each) for each in "ABCDE")
    part = Part(0, stations, (LeftOut("S", "no_observations"),))
    bad = quantiles_around(3.6) | {"p50": [999.0] * 24}
    lines = [
        output_line("A", values={"temperature": bad}),
        {"station_id": "B", "error": "no history"},
        output_line(
            "D", values={}, missing={"pm25": "too_windy", "temperature": "no_observations"}
        ),
        output_line("E", values=dict.fromkeys(run.parameters, quantiles_around(50)), missing={}),
    ]
    lines[3]["values"]["pressure"] = quantiles_around(1000)
    inputs = encode(*(input_line(each) for each in "ABCDE"))
    load_forecasts(store, run, part, inputs, encode(*lines))

    assert get_missing(store, run) == [
        MissingStation(
            "A",
            "none",
            {
                "temperature": "invalid_forecast",
                "pressure": "too_few_observations",
                "pm25": "not_forecast_here",
            },
        ),
        MissingStation("B", "none", dict.fromkeys(run.parameters, "refused_line"), "no history"),
        MissingStation("C", "none", dict.fromkeys(run.parameters, "missing_station")),
        MissingStation(
            "D",
            "none",
            {
                "temperature": "no_observations",
                "pressure": "not_forecast_here",
                "pm25": "too_windy",
            },
        ),
        MissingStation("S", "none", dict.fromkeys(run.parameters, "no_observations")),
    ]
