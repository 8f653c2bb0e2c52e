"""The comparison of variants, from the API's log and observations to a verdict."""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from moto import mock_aws

from api.realtime.journal import Journal, at_leads
from batch_jobs.progress import quiet
from forecasts.run import QUANTILES
from forecasts.times import utc_now as now
from forecasts.times import utc_text
from local.commands.main import main
from local.variant_report.accuracy import read_observed
from local.variant_report.answer_log import MOST_EXAMPLES, read_answers
from local.variant_report.intervals import Estimate
from local.variant_report.log_sources import lines_of_file
from local.variant_report.report import make_report, verdict

NIGHT = datetime(2013, 12, 1, tzinfo=UTC)
GROUP = "/aws/lambda/stationcast-api"


def a_line(**changes):
    """Return a line of the API's log: depth5 has answered for JFK."""
    fields = {
        "_aws": {"Timestamp": 1385859600000, "CloudWatchMetrics": []},
        "service": "stationcast",
        "variant": "depth5",
        "ContextAnswers": 1,
        "DegradedAnswers": 0,
        "EndpointTime": 12.5,
        "source": "realtime",
        "reason": None,
        "model": "v1",
        "station_id": "JFK",
        "issued_at": utc_text(NIGHT),
        "pinned": False,
        "request_id": "1",
        "time": "2013-12-01T01:00:00Z",
        "forecast": {"temperature": {"1": [3.0, 4.0, 5.0]}},
    }
    return json.dumps(fields | changes)


def a_log(*lines):
    """Read lines as if from a file."""
    return read_answers(lines_of_file(lines))


def a_failure(reason="endpoint_timeout", **changes):
    """Return a line about an answer without a variant."""
    return a_line(
        variant="none", DegradedAnswers=1, reason=reason, model=None, forecast={}, **changes
    )


def test_a_line_is_read():
    """An answer has all fields that a comparison needs."""
    (answer,) = a_log(a_line()).answers

    assert (answer.variant, answer.model, answer.forecast.station_id) == ("depth5", "v1", "JFK")
    assert (answer.degraded, answer.failed, answer.milliseconds) == (False, False, 12.5)
    assert datetime.fromtimestamp(answer.forecast.issue_hour * 3600, UTC) == NIGHT
    assert answer.forecast.values == {"temperature": {1: (3, 4, 5)}}


def test_what_the_api_writes_is_read():
    """A line of the API's own journal without its optional fields is an answer."""
    lines = []
    journal = Journal("stationcast", lambda: NIGHT, lines.append)
    values = {"temperature": {q: [20.0 + hour for hour in range(24)] for q in QUANTILES}}
    fields = {"source": "realtime", "reason": None, "variant": "depth5", "model": "v1"}
    station = {"station_id": "JFK", "issued_at": utc_text(NIGHT), "forecast": at_leads(values)}
    journal.answered(fields | station, degraded=False, milliseconds=3.5)
    lost = {"source": "precomputed", "reason": "circuit_open", "variant": "none", "model": None}
    nothing = {"station_id": "JFK", "issued_at": None, "forecast": {}}
    journal.answered(lost | nothing, degraded=True, milliseconds=None)
    journal.circuit("open")
    log = a_log(*lines)

    assert (len(log.answers), log.others, log.broken) == (2, 1, 0)
    assert log.answers[0].forecast.values["temperature"][24] == (43, 43, 43)
    assert (log.answers[1].forecast, log.answers[1].milliseconds) == (None, None)


def test_other_lines_are_counted():
    """Servers and breakers write into the same log."""
    breaker = json.dumps({"_aws": {}, "CircuitOpened": 1, "circuit": "open"})
    log = a_log("INFO: 127.0.0.1 - POST 200 OK", breaker, "", a_line())

    assert (log.lines, log.others, log.broken, len(log.answers)) == (4, 3, 0, 1)


def test_a_prefix_is_allowed():
    """A line may have the prefix of a shell or of a log driver."""
    assert len(a_log(f"2013-12-01T01:00:00 api | {a_line()}").answers) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (a_line()[:200], "line 1: not JSON: "),
        ("ContextAnswers", "line 1: not JSON: "),
        (a_line(time="noon"), "line 1: time is not a time: "),
        (a_line(issued_at=5), "line 1: issued_at is not text: 5"),
        (a_line(variant=None), "line 1: variant is not text: None"),
        (
            a_line(EndpointTime="fast"),
            "line 1: EndpointTime is out of range or not a number: 'fast'",
        ),
        (a_line(EndpointTime=True), "line 1: EndpointTime is out of range or not a number: True"),
        (a_line(DegradedAnswers=-1), "line 1: DegradedAnswers is out of range or not a number: -1"),
        (a_line(forecast=[1]), "line 1: forecast is malformed: "),
        (a_line(forecast={"o3": {"1": [1, 2]}}), "line 1: forecast is malformed: "),
        (a_line(forecast={"o3": {"x": [1, 2, 3]}}), "line 1: forecast is malformed: "),
        (a_line(forecast={"o3": {"25": [1, 2, 3]}}), "line 1: forecast is malformed: no lead time"),
        ('{"ContextAnswers":1}', "line 1: no field 'variant'"),
    ],
)
def test_broken_lines_are_listed(line, reason):
    """A malformed answer is counted and listed, and other answers are read."""
    log = a_log(line, a_line())

    assert (log.broken, len(log.answers)) == (1, 1)
    assert reason in log.examples[0]


def test_many_broken_lines_are_counted():
    """Only the first broken lines are listed."""
    log = a_log(*["ContextAnswers"] * 50)

    assert (log.broken, len(log.examples)) == (50, MOST_EXAMPLES)


def test_older_answers_are_left_out():
    """Answers before *since* do not count."""
    lines = lines_of_file([a_line(), a_line(time="2013-12-02T00:00:00Z")])
    log = read_answers(lines, NIGHT + timedelta(days=1))

    assert [answer.time.day for answer in log.answers] == [2]


def test_answers_are_counted_by_variant():
    """The report has shares, times and reasons of each variant, and of answers without one."""
    partly = a_line(DegradedAnswers=1, reason="too_few_observations")
    lines = [a_line()] * 8 + [partly, a_line(variant="depth10", EndpointTime=20), a_failure()]
    off = a_failure("endpoint_off")
    report = make_report(a_log(*lines, re.sub(r'"EndpointTime": 12.5, ', "", off)), None)
    depth5, none = report.variants["depth5"], report.variants["none"]

    assert (report.baseline, list(report.variants)) == ("depth5", ["depth5", "none", "depth10"])
    assert (depth5.answers, depth5.called, depth5.reasons) == (9, 9, {"too_few_observations": 1})
    assert (depth5.degraded.value, depth5.errors.value) == (1 / 9, 0)
    assert depth5.milliseconds["p50"].value == 12.5
    assert (none.answers, none.called, none.errors.value) == (2, 1, 1)
    assert none.reasons == {"endpoint_timeout": 1, "endpoint_off": 1}
    assert list(report.differences) == ["depth10"]


def test_a_log_without_a_variant():
    """If the endpoint is down, nothing is compared, and the report has the reasons."""
    lost = re.sub(r'"EndpointTime": 12.5, ', "", a_failure("circuit_open"))
    report = make_report(a_log(lost), None)

    assert (report.baseline, report.differences) == (None, {})
    assert report.variants["none"].reasons == {"circuit_open": 1}
    assert report.variants["none"].errors is None
    assert report.variants["none"].milliseconds == {}


@pytest.mark.parametrize(
    ("estimate", "word"),
    [
        (Estimate(-2, -3, -1), "better"),
        (Estimate(2, 1, 3), "worse"),
        (Estimate(2, -1, 3), "noise"),
        (Estimate(0, 0, 0), "noise"),
        (Estimate(2), "too few"),
    ],
)
def test_verdicts(estimate, word):
    """An interval without 0 is a difference; smaller is better."""
    assert verdict(estimate) == word


@pytest.fixture(scope="module")
def measured(observations):
    """Observed temperatures by station and time."""
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    rows = frame.filter(pl.col("parameter") == "temperature").select("station_id", "time", "value")
    return {(station, time): round(value, 1) for station, time, value in rows.iter_rows()}


def forecast_lines(measured, errors, days=14, stations=("EWR", "JFK", "LGA"), every=1):
    """Return lines whose medians miss what was measured by the error of their variant.

    Args:
        measured: Values by station and time.
        errors: A function of a random generator by variant.
        days: Nights in a row.
        stations: Stations of the requests of each night.
        every: With 2, variants take turns by night.
    """
    random = np.random.default_rng(1)
    for day in range(days):
        for station in stations:
            hard = random.normal()
            for index, (variant, error) in enumerate(errors.items()):
                if every == 1 or day % every == index:
                    issue = NIGHT + timedelta(days=day)
                    forecast = leads(measured, station, issue, partial(error, random, hard))
                    yield a_line(
                        variant=variant,
                        station_id=station,
                        issued_at=utc_text(issue),
                        forecast={"temperature": forecast},
                    )


def leads(measured, station, issue, error):
    """Return quantiles by lead hour that miss the observations by *error*."""
    found = {}
    for hour in (1, 6, 12, 24):
        value = measured.get((station, issue + timedelta(hours=hour)))
        if value is not None:
            median = value + error()
            found[str(hour)] = [round(median + width, 3) for width in (-2, 0, 2)]
    return found


def judged(lines, observations):
    """Return the report about temperature for some lines."""
    log = a_log(*lines)
    observed = read_observed(str(observations), log.answers, quiet)
    (found,) = make_report(log, observed).parameters
    return found


def test_errors_of_forecasts(measured, observations):
    """A median that is always 1.5 too high has that error; an interval of 2 contains all."""
    found = judged(forecast_lines(measured, {"depth5": lambda *_: 1.5}), observations)
    accuracy = found.variants["depth5"]

    assert (found.code, found.differences) == ("temperature", {})
    assert accuracy.mae.value == pytest.approx(1.5)
    assert (accuracy.coverage.value, accuracy.coverage.high) == (1, 1)
    assert (accuracy.hours, accuracy.clusters) == (pytest.approx(14 * 3 * 4, abs=8), 45)


def test_scores_are_those_of_a_verification(measured, observations):
    """The scores have the references, of which the best is as good as a forecast by hand."""
    (scores,) = (
        found.variants["depth5"].scores
        for found in [judged(forecast_lines(measured, {"depth5": lambda *_: 1.5}), observations)]
    )
    yesterday = [
        abs(measured[station, time] - measured[station, time - timedelta(days=1)])
        for station in ("EWR", "JFK", "LGA")
        for day in range(14)
        for hour in (1, 6, 12, 24)
        for time in [NIGHT + timedelta(days=day, hours=hour)]
        if (station, time) in measured and (station, time - timedelta(days=1)) in measured
    ]

    assert scores["yesterday"] == pytest.approx(np.mean(yesterday), abs=0.02)
    assert scores["bias"] == pytest.approx(1.5)
    assert scores["skill"] == pytest.approx(1 - 1.5 / scores[scores["reference"]], abs=1e-3)


def test_the_edges_of_the_interval_are_in_it(measured, observations):
    """An observation equal to p10 is within the interval, despite single precision."""
    found = judged(forecast_lines(measured, {"depth5": lambda *_: 2.0}), observations)

    assert found.variants["depth5"].coverage.value == pytest.approx(1, abs=0.05)


def test_the_same_hours_are_compared_in_pairs(measured, observations):
    """A small difference is found although the hours differ much in difficulty."""
    errors = {
        "depth5": lambda _, hard: 1 + 3 * abs(hard),
        "depth10": lambda random, hard: 1 + 3 * abs(hard) - 0.2 + 0.02 * random.normal(),
    }
    compared = judged(forecast_lines(measured, errors), observations).differences["depth10"]

    assert compared.paired
    assert compared.mae.value == pytest.approx(-0.2, abs=0.02)
    assert verdict(compared.mae) == "better"


def test_different_hours_are_compared_as_they_are(measured, observations):
    """If the variants answered on different nights, the same small difference is noise."""
    errors = {
        "depth5": lambda _, hard: 1 + 3 * abs(hard),
        "depth10": lambda _, hard: 1 + 3 * abs(hard) - 0.2,
    }
    lines = forecast_lines(measured, errors, every=2)
    compared = judged(lines, observations).differences["depth10"]

    assert not compared.paired
    assert verdict(compared.mae) == "noise"


def test_repeated_answers_count_once(measured, observations):
    """A thousand answers for one station and night count as one, which is too few."""
    errors = {"depth5": lambda *_: 1.0, "depth10": lambda *_: 2.0}
    lines = list(forecast_lines(measured, errors, days=1, stations=["JFK"])) * 500
    found = judged(lines, observations)

    assert found.variants["depth5"].hours == 4
    assert verdict(found.differences["depth10"].mae) == "too few"


def test_missing_observations(observations):
    """Stations, hours and parameters without observations are left out; so are places."""
    nothing = {"pm25": {"1": [1, 2, 3]}, "temperature": {"1": [0, 1, 2]}}
    late = utc_text(NIGHT + timedelta(days=29, hours=23))
    lines = [
        a_line(),
        a_line(station_id="LHR", forecast=nothing),
        a_line(station_id=None),
        a_line(issued_at=late),
    ]
    found = judged(lines, observations)

    assert found.variants["depth5"].hours == 1


def test_a_baseline_without_observations(measured, observations):
    """Without observations for the baseline the others have errors, and no difference."""
    lines = list(forecast_lines(measured, {"depth10": lambda *_: 1.0}, days=3))
    found = judged([*lines, *[a_line(forecast={})] * 20], observations)

    assert (list(found.variants), found.differences) == (["depth10"], {})


def test_answers_without_forecasts():
    """If no answer has a forecast hour, no observations are read."""
    assert read_observed("nowhere", a_log(a_failure()).answers, quiet) is None


def run(*arguments, given=None):
    """Run the report and return its result."""
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(main, ["variants", "report", *words], input=given)


def said(result):
    """Return all output of a command, on one line."""
    return " ".join(result.output.split())


@pytest.fixture
def log_file(measured, tmp_path):
    """A log of two variants, depth10 clearly worse and slower, with one broken line."""
    errors = {"depth5": lambda *_: 1.0, "depth10": lambda *_: 3.0}
    lines = forecast_lines(measured, errors)
    slower = (line.replace("12.5", "25.0") if "depth10" in line else line for line in lines)
    path = tmp_path / "api.log"
    path.write_text("\n".join(["INFO: started", "ContextAnswers {", *slower, a_failure()]))
    return path


def test_the_report(log_file, observations, tmp_path):
    """The command prints tables, verdicts and broken lines, and writes a plot."""
    plot = tmp_path / "variants.png"
    result = run("--log", log_file, "--observations", observations, "--output", plot)

    assert result.exit_code == 0, result.output
    assert "broken: line 2: not JSON" in said(result)
    assert "87 lines: 85 answers, 1 broken, 1 others" in said(result)
    assert re.search(r"depth10│endpoint time p50, ms *│ *\+12.5 .*│worse", result.output)
    assert re.search(r"MAE of temperature, °C, same *│ *\+2 \(.*│worse", result.output)
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_the_report_as_json(log_file, observations):
    """One object has everything that the tables show."""
    result = run("--log", log_file, "--observations", observations, "--json")
    report = json.loads(result.stdout)

    assert (report["lines"], report["broken_lines"]["count"]) == (87, 1)
    assert (report["from"], report["baseline"]) == ("2013-12-01T01:00:00Z", "depth5")
    assert report["variants"]["none"]["reasons"] == {"endpoint_timeout": 1}
    assert report["differences"]["depth10"]["p50"]["verdict"] == "worse"
    temperature = report["parameters"]["temperature"]
    assert temperature["unit"] == "°C"
    assert temperature["differences"]["depth10"]["verdict"] == "worse"
    assert temperature["variants"]["depth10"]["coverage"]["value"] == 0


def test_a_report_from_standard_input(tmp_path):
    """Without observations there is no accuracy, and one variant alone is not compared."""
    lost = re.sub(r'"EndpointTime": 12.5, ', "", a_line())
    result = run("--log", "-", "--output", tmp_path / "a.png", given=f"{a_line()}\n{a_line()}\n")
    silent = run("--log", "-", "--output", tmp_path / "b.png", given=lost)

    assert (result.exit_code, silent.exit_code) == (0, 0), silent.output
    assert "2 lines: 2 answers" in said(result)
    assert "Compared with" not in result.output
    assert (tmp_path / "a.png").exists()
    assert re.search(r"endpoint time p50, ms *│ *-│", silent.output)


def test_a_log_without_answers():
    """If a log has no answers, the error says what it contains."""
    result = run("--log", "-", given="INFO\nContextAnswers\n")

    assert result.exit_code == 1
    assert "no real-time answer in the log: 2 lines, 1 of them broken, 1 about" in said(result)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "give either --log or --log-group"),
        (("--log", "-", "--log-group", "g"), "give either --log or --log-group"),
        (("--log", "-", "--since", "yesterday"), "'yesterday' is not a time span; write 7d"),
    ],
)
def test_invalid_options(arguments, reason):
    """The command takes exactly one log and a valid span."""
    result = run(*arguments, given="")

    assert (result.exit_code, reason in said(result)) == (2, True)


def test_since_applies_to_files():
    """Answers older than --since are left out of a file as well."""
    recent = a_line(time=utc_text(now() - timedelta(minutes=20)))
    result = run("--log", "-", "--since", "1h", given=f"{a_line()}\n{recent}\n")

    assert "2 lines: 1 answers" in said(result)


@pytest.fixture
def group(monkeypatch):
    """CloudWatch Logs in this process, with the log of an API over 12,000 answers."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        client = boto3.client("logs")
        client.create_log_group(logGroupName=GROUP)
        client.create_log_stream(logGroupName=GROUP, logStreamName="stream")
        recent, old = now() - timedelta(hours=1), now() - timedelta(days=8)
        put(client, [a_line(time=utc_text(old))], old)
        for _ in range(2):
            put(client, [a_line(time=utc_text(recent))] * 6000, recent)
        put(client, ["START RequestId", '{"ContextAnswers":1}'], recent)
        yield GROUP


def put(client, lines, time):
    """Put lines into the stream of the group."""
    events = [{"timestamp": int(time.timestamp() * 1000), "message": line} for line in lines]
    client.put_log_events(logGroupName=GROUP, logStreamName="stream", logEvents=events)


def test_a_log_group(group):
    """All pages of a group are read, of the last seven days unless asked otherwise."""
    week = run("--log-group", group)
    more = run("--log-group", group, "--since", "30d")

    assert "12000 answers, 1 broken" in said(week), week.output
    assert "broken: stream at 1" in said(week)
    assert "12001 answers" in said(more)


def test_a_log_group_that_is_not_there(group):  # noqa: ARG001 -- CloudWatch must run
    """The error names the group."""
    result = run("--log-group", "elsewhere")

    assert (result.exit_code, "Error: log group elsewhere: " in said(result)) == (1, True)
