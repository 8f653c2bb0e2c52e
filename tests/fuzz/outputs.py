"""Damaged lines: of transform output into LoadForecasts, of transform input into the hooks."""

import json
from contextlib import closing, contextmanager

import orjson

from api.schemas.forecast_responses import ForecastResponse
from batch_jobs.load_forecasts import load_forecasts
from batch_jobs.load_report import LoadReport
from batch_jobs.plan_run import Part
from batch_jobs.transform import transform
from forecasts.forecast import dumps
from forecasts.gzip_bodies import decompress
from forecasts.item import catalogue_key, catalogue_of, forecast_key, history_key, map_json, map_key
from forecasts.parameter import PARAMETERS
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_text
from model.inference import CONTENT_TYPES, input_fn, output_fn, predict_fn
from tests.factories import ISSUE_TIME, NOW, a_run, a_station, quantiles_around
from tests.fuzz.model import fuzz_model
from tests.fuzz.mutation import ODD_TEXTS, damaged, damaged_json
from tests.fuzz.readings import expect

CODES = ("temperature", "pressure", "pm25", "precipitation")
RUN = a_run(stations=8, parameters=CODES)
#: Texts that a damaged line may come to have instead of others: names that mean something.
TEXTS = (
    *ODD_TEXTS,
    *CODES,
    "p10",
    "p50",
    "p90",
    "values",
    "missing",
    "model",
    "error",
    "station_id",
)


def _output(random, station_id):
    values = {
        code: quantiles_around(round(random.uniform(880, 1000) if code == "pressure" else 5, 1))
        for code in random.sample(CODES, 3)
    }
    return {
        "station_id": station_id,
        "issue_time": utc_text(ISSUE_TIME),
        "model": "v1",
        "values": values,
        "missing": {code: "too_few_observations" for code in CODES if code not in values},
    }


def _input(random, station_id):
    low, high = {"pressure": (950, 1050)}, {}
    history = {
        code: [
            None
            if random.random() < 0.05
            else round(random.uniform(low.get(code, (0, 20))[0], 30), 1)
            for _ in range(168)
        ]
        for code in ("temperature",)
    }
    history["pressure"] = [round(random.uniform(980, 1030), 1) for _ in range(168)]
    del high
    return {
        "station_id": station_id,
        "latitude": 40.6,
        "longitude": -73.8,
        "elevation": random.choice((None, 4.0)),
        "issue_time": utc_text(ISSUE_TIME),
        "history": history,
    }


def _bad(random, line, others):
    text = json.dumps(line).encode()
    return (
        damaged(random, text, others)
        if random.random() < 0.3
        else damaged_json(random, line, TEXTS)
    )


def _mixed(random, whole, bad):
    """Return lines in any order, and the number of each bad one."""
    lines = [*whole]
    for line in bad:
        lines.insert(random.randint(0, len(lines)), line)
    return lines


@contextmanager
def transform_output(path):
    """Yield a function that tries lines of transform output."""
    good = [a_station(id=f"U{number}") for number in range(3)]
    odd = [a_station(id=f"Z-{number}-ZZ") for number in range(3)]
    part = Part(0, (*good, *odd))
    stores = iter(range(10**9))

    def load(store, text, inputs):
        report = load_forecasts(store, RUN, part, inputs, text)
        # As it goes to CheckRun on AWS, and into the run.
        expect(LoadReport.from_json(json.loads(dumps(report.to_json()))) == report, "the report")
        return report

    def items_of(store, station_id):
        keys = forecast_key(station_id, RUN.id), history_key(station_id, RUN.id)
        return [item and item.body for item in map(store.get, keys)]

    def try_one(random):
        inputs = b"".join(orjson.dumps(_input(random, s.id)) + b"\n" for s in part.stations)
        whole = [orjson.dumps(_output(random, station.id)) for station in good]
        bad_lines = [_output(random, s.id) for s in odd[: random.choice((1, 2, 3, 3))]]
        bad = [_bad(random, line, [json.dumps(bad_lines[0]).encode()]) for line in bad_lines]
        mixed = _mixed(random, whole, bad)
        name = path / f"{next(stores)}.db"
        with closing(SQLiteStore(str(name), lambda: NOW, create=True)) as store:
            load(store, b"\n".join([*whole, b""]), inputs)
            clean = {station.id: items_of(store, station.id) for station in good}
            report = load(store, b"\n".join([*mixed, b""]), inputs)
            what = f"{bad!r:.3000} {report.to_json()}"
            for station in good:
                expect(items_of(store, station.id) == clean[station.id], f"{station.id}: {what}")
            loaded = [s.id for s in odd if check_stored(store, s.id, what)]
            check_overview(store, what)
        name.unlink()
        blank = sum(not line.strip() for line in bad)
        expect(report.stations == len(good) + len(loaded), what)
        expect(len(loaded) + report.faults.total() - blank >= len(bad) - blank, what)
        return len(bad)

    yield try_one


def check_stored(store, station_id, what):
    """Check the stored forecast of a station; return whether there is one."""
    item = store.get(forecast_key(station_id, RUN.id))
    if item is None:
        return False
    body = decompress(item.body)
    ForecastResponse.model_validate_json(body, strict=True, extra="forbid")
    answer = json.loads(
        body, parse_constant=lambda name: expect(condition=False, what=f"{name}: {what}")
    )
    check_values(answer["values"], what)
    expect(set(answer["missing"]) <= set(PARAMETERS), f"missing {answer['missing']!r:.500}: {what}")
    return True


def check_values(values, what):
    """Check forecasts by parameter: known, finite, within the limits, in order."""
    for code, quantiles in values.items():
        limits = PARAMETERS[code]
        for low, median, high in zip(*(quantiles[q] for q in ("p10", "p50", "p90")), strict=True):
            ordered = limits.minimum <= low <= median <= high <= limits.maximum
            expect(ordered, f"{code} {low} {median} {high}: {what}")


def check_overview(store, what):
    """Check that catalogue and maps are whole and agree."""
    entries = catalogue_of([store.get(catalogue_key(RUN.id, 0))])
    for code in CODES:
        medians = json.loads(map_json([store.get(map_key(RUN.id, code, 0))]))
        has = [median is not None for median in medians]
        expect(has == [code in entry.parameters for entry in entries], f"map of {code}: {what}")


@contextmanager
def transform_input(_path):
    """Yield a function that tries lines of transform input, in the container's way and in ours."""
    model = fuzz_model()

    def hooks(text):
        return output_fn(predict_fn(input_fn(text, CONTENT_TYPES[0]), model), CONTENT_TYPES[0])

    def try_one(random):
        whole = [json.dumps(_input(random, f"U{number}")).encode() for number in range(3)]
        bad_lines = [_input(random, f"Z-{number}-ZZ") for number in range(12)]
        others = [json.dumps(line).encode() for line in bad_lines[:2]]
        bad = [_bad(random, line, others) for line in bad_lines]
        text = b"\n".join([*_mixed(random, whole, bad), b""])
        clean = hooks(b"\n".join([*whole, b""])).splitlines()
        answer = hooks(text)
        lines = answer.split(b"\n")
        what = f"{text!r:.20000}"
        expect(lines.pop() == b"", "no newline at the end")
        expect(len(lines) == sum(1 for line in text.split(b"\n") if line.strip()), f"lines: {what}")
        for line in clean:
            expect(line in lines, f"{line[:200]!r} is not among the answers to {what}")
        for line in lines:
            check_answer(line, what)
        ours = [_unworded(line) for line in transform(model, text).splitlines()]
        expect(ours == [_unworded(line) for line in lines], f"ours differs: {what}")
        return len(bad)

    yield try_one


def _unworded(line):
    """Return a line of output; the words of a refusal may write a large number in two ways."""
    answer = json.loads(line)
    return answer | {"error": True} if "error" in answer else answer


def check_answer(line, what):
    """Check a line of output: a forecast with plausible values, or a refusal."""
    answer = orjson.loads(line)  # unlike Python's, it takes no NaN and no half of a pair
    if "error" in answer:
        expect(isinstance(answer["error"], str) and answer["error"], f"{line!r:.300} {what}")
        return
    check_values(answer["values"], what)
