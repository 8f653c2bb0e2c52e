"""The command line: every command as a person would use it, and what it says when it cannot."""

import json
import shlex
import signal
import socket
import subprocess
import sys
import time

import httpx
import polars as pl
import pytest
from click.testing import CliRunner

from local.commands.main import main
from tests.batch_jobs.observations.broken_observations import broken_copy
from tests.factories import ISSUE_TIME

TONIGHT = "20131230T0000Z-1"

#: boto3 asks for these even where nobody looks at them.
ANYBODY = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


def run(*arguments):
    """Run a command and return its result."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def said(result):
    """Return all that a command said, on one line."""
    return " ".join(result.output.split())


@pytest.fixture
def store(tmp_path):
    """The URL of a store that does not exist yet."""
    return f"sqlite:///{tmp_path}/forecasts.db"


@pytest.fixture
def nightly(observations, model_path, store):
    """The arguments of a night."""
    options = ("--observations", observations, "--model", model_path, "--store", store)
    return ("nightly", "--issue-time", "2013-12-30T00:00:00Z", *options)


COMMANDS = [
    (),
    ("train",),
    ("evaluate",),
    ("nightly",),
    ("runs",),
    ("runs", "list"),
    ("runs", "show"),
    ("runs", "publish"),
    ("runs", "rollback"),
    ("serve",),
    ("demo",),
    ("endpoint",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_is_everywhere(command):
    """Every command explains itself, and those that take more than a store show an example."""
    result = run(*command, "--help")

    assert result.exit_code == 0
    assert "Usage:" in result.output
    if command and command[0] != "runs":
        assert "stationcast " + command[0] in result.output.partition("Example")[2]


def test_a_night_and_its_runs(nightly, store):
    """Run, run again, list, show, roll back and publish."""
    first = run(*nightly)
    assert f"Run {TONIGHT} is published: 6 series, 3 stations" in said(first), first.output
    assert "LoadForecasts" in first.output

    again = run(*nightly)
    assert f"Run {TONIGHT} is already published" in said(again)

    other = run(*nightly, "--new-attempt")
    assert "20131230T0000Z-2 is published" in said(other)

    listed = run("runs", "list", "--store", store)
    assert listed.output.count("published") == 3  # heading and two runs
    assert "(current)" in listed.output

    shown = json.loads(run("runs", "show", TONIGHT, "--store", store).output)
    assert (shown["state"], shown["report"]["accepted"]) == ("published", True)

    assert run("runs", "rollback", "--store", store).output == f"Readers are back on {TONIGHT}\n"
    published = run("runs", "publish", "20131230T0000Z-2", "--store", store)
    assert published.output == f"Readers are on 20131230T0000Z-2 (before: {TONIGHT})\n"


def few_weeks(observations, folder):
    """Copy the last ten weeks of observations."""
    (folder / "observations").mkdir(parents=True)
    (folder / "stations.csv").write_bytes((observations / "stations.csv").read_bytes())
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    recent = pl.col("time").is_between(pl.lit(ISSUE_TIME) - pl.duration(days=70), ISSUE_TIME)
    frame.filter(recent).write_parquet(folder / "observations" / "recent.parquet")


def test_train_and_evaluate(observations, tmp_path):
    """A model is trained and measured; table, JSON and plot agree on where the truth begins."""
    small = tmp_path / "small"
    few_weeks(observations, small)
    model = tmp_path / "model.tar.gz"

    trained = run(
        "train", "--observations", small, "--output", model, "--parameters", "pressure,visibility"
    )
    assert trained.exit_code == 0, trained.output
    assert "pressure" in trained.output

    folder = tmp_path / "evaluation"
    evaluated = run("evaluate", "--observations", small, "--model", model, "--output", folder)
    assert evaluated.exit_code == 0, evaluated.output
    report = json.loads((folder / "evaluation.json").read_text())
    assert set(report["parameters"]) == {"pressure", "visibility"}
    assert report["parameters"]["visibility"]["repeats"] > 0.6
    assert report["interval_coverage"] == report["parameters"]["pressure"]["coverage"]
    assert (folder / "evaluation.png").read_bytes().startswith(b"\x89PNG")
    assert report["since"] in evaluated.output


def test_an_evaluation_can_begin_later(observations, model_path, tmp_path):
    """--since is said back, and everything before it is left out."""
    result = run(
        *("evaluate", "--observations", observations, "--model", model_path),
        *("--since", "2013-12-20T00:00:00Z", "--output", tmp_path),
    )
    report = json.loads((tmp_path / "evaluation.json").read_text())

    assert result.exit_code == 0, result.output
    assert report["since"] == "2013-12-20T00:00:00Z"
    assert report["parameters"]["temperature"]["count"] < 3 * 24 * 11 * 24 / 7 + 200


def test_a_rejected_night_is_an_error(nightly, observations, tmp_path):
    """The exit status tells a scheduler, the words tell a person."""
    bad = broken_copy(observations, tmp_path / "bad")
    arguments = [bad if argument == observations else argument for argument in nightly]
    result = run(*arguments)

    assert result.exit_code == 1
    assert f"Error: run {TONIGHT} is rejected: observations are sound:" in said(result)
    assert "dropped: observations/weather.parquet" in said(result)


def test_expected_errors_are_one_line(nightly, store, tmp_path):
    """What is wrong, and with what; no traceback."""
    folder, text = tmp_path / "empty", tmp_path / "model.txt"
    folder.mkdir()
    text.write_text("no model")
    cases = [
        ((*nightly, "--observations", folder), "no observations in"),
        ((*nightly, "--observations", tmp_path / "nowhere"), "nowhere"),
        ((*nightly, "--model", text), "model.txt: not a model artifact"),
        ((*nightly, "--model", folder), "not a model manifest"),
        ((*nightly, "--store", "mysql://x"), "'mysql://x' names no store"),
        ((*nightly, "--issue-time", "2999-01-01T00:00:00Z"), "is in the future"),
        (("runs", "list", "--store", f"sqlite:///{tmp_path}/none.db"), "none.db"),
    ]
    for arguments, words in cases:
        result = run(*arguments)

        assert result.exit_code == 1, result.output
        assert words in said(result)
        assert isinstance(result.exception, SystemExit)

    assert run(*nightly).exit_code == 0
    unknown = run("runs", "show", "nosuchrun", "--store", store)
    assert "no run 'nosuchrun'" in said(unknown)
    alone = run("runs", "rollback", "--store", store)
    assert "no run before the current one" in said(alone)


def test_an_absent_parameter_is_named(observations, tmp_path):
    """Nothing can be learned of what was never measured."""
    result = run(
        *("train", "--observations", observations, "--parameters", "pressure,pm25"),
        *("--output", tmp_path / "model.tar.gz"),
    )

    assert result.exit_code == 1
    assert "nothing of pm25" in said(result)


def test_no_coverage_is_claimed_where_all_values_repeat(observations, tmp_path):
    """Precipitation alone has no interval that could be right 80 % of the time."""
    small = tmp_path / "small"
    few_weeks(observations, small)
    model = tmp_path / "model.tar.gz"
    run("train", "--observations", small, "--output", model, "--parameters", "precipitation")
    result = run("evaluate", "--observations", small, "--model", model, "--output", tmp_path)

    assert result.exit_code == 0, result.output
    assert "80 % interval" not in result.output


@pytest.mark.parametrize("text", ["yesterday", "2013-12-30T00:00:00", "2013-12-30"])
def test_a_time_without_a_zone_is_refused(nightly, text):
    """The message shows what a time looks like."""
    result = run(*nightly, "--issue-time", text)

    assert result.exit_code == 2
    assert "2013-12-30T00:00:00Z" in result.output


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A `stationcast` process that serves, until the block ends with a Ctrl-C."""

    def __init__(self, *arguments):
        self.port = free_port()
        command = [sys.executable, "-m", "local", *map(str, arguments), "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.output = ""

    def __enter__(self):
        """Wait until it answers."""
        for _ in range(600):
            try:
                self.get("/healthz")
            except httpx.ConnectError:
                assert self.process.poll() is None, self.process.stdout.read()
                time.sleep(0.1)
            else:
                return self
        raise AssertionError("the server did not start")

    def get(self, path):
        """Ask it."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}")

    def __exit__(self, *_):
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        self.output = self.process.communicate(timeout=20)[0].decode()

    def lines_until(self, last):
        """Read the lines that it prints, up to the one that says *last*."""
        for line in self.process.stdout:
            yield line.decode()
            if last in line.decode():
                return


def test_serve_answers_until_ctrl_c(nightly, store):
    """A lookup over real HTTP; Ctrl-C ends it with status 0 and without a traceback."""
    run(*nightly)
    with Server("serve", "--store", store) as server:
        answer = server.get("/v1/stations/JFK/forecast")

    assert answer.json()["run"]["id"] == TONIGHT
    assert (server.process.returncode, server.output) == (0, "")


def test_a_port_that_is_taken_is_named(nightly, store):
    """One line that says what to do."""
    run(*nightly)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--store", store, "--port", port)

    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in said(result)
    assert "try another --port" in said(result)


def read_lines(path):
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def curl(command):
    """Do what a curl command line does, as far as the demo's go; return the response."""
    words = shlex.split(command)[1:]
    url = next(word for word in words if word.startswith("http"))
    options = {name: words[words.index(name) + 1] for name in ("-X", "-d") if name in words}
    method = options.get("-X", "POST" if "-d" in options else "GET")
    return httpx.request(method, url, content=options.get("-d"))


@pytest.mark.parametrize("stations", [(), ("--stations", "40")])
def test_demo_serves_what_it_says(model_path, tmp_path, stations):
    """The curl lines that it prints work; the second start finds all done."""
    (tmp_path / "model.tar.gz").write_bytes(model_path.read_bytes())
    for words in ("is published", "is already published"):
        with Server("demo", "--folder", tmp_path, *stations) as server:
            ready = server.get("/v1/status").json()
            printed = [line.strip() for line in server.lines_until("Ctrl-C stops.")]
            answers = [curl(line) for line in printed if line.startswith("curl")]

        assert ready["state"] == "ok"
        assert ready["realtime"]["circuit"] == "closed"
        assert words in " ".join(printed)
        assert [answer.status_code for answer in answers] == [200] * 6
        assert answers[1].json()["source"] == "realtime"
        assert answers[1].json()["degraded"] is None
        assert answers[-1].json()["delay_seconds"] == 0
        assert (server.process.returncode, server.output) == (0, "")
    journal = read_lines(tmp_path / "journal.jsonl")

    assert [line["variant"] for line in journal] == ["demo"] * 2


def test_serve_asks_an_endpoint(nightly, store, endpoint, tmp_path, monkeypatch):
    """With an endpoint, readings are answered by it, and the journal goes where it should."""
    run(*nightly)
    journal = tmp_path / "journal.jsonl"
    for name, value in (ANYBODY | endpoint.environment).items():
        monkeypatch.setenv(name, value)
    options = ("--endpoint", "sagemaker://stationcast", "--variants", "depth5=1,depth10=1")
    with Server("serve", "--store", store, *options, "--journal", journal) as server:
        url = f"http://127.0.0.1:{server.port}/v1/stations/JFK/forecast"
        answer = httpx.post(url, json={"observations": []}).json()
    [line] = read_lines(journal)

    assert answer["source"] == "realtime"
    assert line["variant"] == answer["realtime"]["variant"]


def test_serve_refuses_what_is_no_endpoint(store):
    """A setting that cannot be meant is refused before anything is opened."""
    result = run("serve", "--store", store, "--endpoint", "stationcast")

    assert result.exit_code == 2
    assert "write sagemaker://endpoint-name" in said(result)


def test_ctrl_c_stops_a_training_cleanly(observations, tmp_path):
    """No traceback, and no half of a model."""
    model = tmp_path / "model.tar.gz"
    arguments = ("train", "--observations", observations, "--output", model)
    process = subprocess.Popen(
        [sys.executable, "-m", "local", *map(str, arguments)],
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if "Reading Parquet" in line:
            break
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=60)[0]

    assert process.returncode == 1
    assert rest.endswith("Aborted!\n")
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == []
