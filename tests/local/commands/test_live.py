"""`stationcast live`, as a person runs it: processes against a stand-in of IEM."""

import shutil
import signal
import subprocess
from datetime import timedelta
from threading import Event

import httpx
import pytest

from forecasts.times import utc_now, utc_text
from tests.command_line import HERE, Server, run, said
from tests.feeds.iem import HOUR, PLACES, StandIn
from tests.feeds.loopback import SILENCE, Answer, serving

#: The shortest history that a model can be trained from is 1,500 hours.
DAYS = 64
NEAR = ("--near", "40.7,-74.0")
FORECAST = "/v1/stations/JFK/forecast"
FAR = {f"F{number:02}": (-74.0, 43.0 + number, 9.0, "Far", "US", "") for number in range(3)}


@pytest.fixture(scope="module")
def hour():
    """An hour ago: the newest hour of the stand-in's reports. The command reads the real clock."""
    return utc_now().replace(minute=0, second=0, microsecond=0) - HOUR


@pytest.fixture(scope="module")
def iem(hour):
    """A stand-in of IEM with two months of reports, in the place of the service."""
    with serving(StandIn(PLACES | FAR)) as service, pytest.MonkeyPatch.context() as patch:
        service.weather("JFK", "LGA", until=hour, days=DAYS)
        service.hourly("EDDB", *FAR, until=hour)
        patch.setenv("STATIONCAST_IEM_URL", service.url)
        yield service


@pytest.fixture
def quiet_iem(iem):
    """The stand-in as it was, whatever a test does to it."""
    reports, answer, iem.faults = len(iem.reports), iem.answer, []
    iem.requests.clear()
    yield iem
    del iem.reports[reports:]
    iem.answer, iem.faults = answer, []


class Started:
    """What a first start did.

    Attributes:
        folder: Where the command ran.
        server: The process, which has ended.
        asked: What it asked the stand-in.
        forecast: The answer of a lookup.
        curls: The answers of the curl commands that it printed.
    """

    def __init__(self, folder, iem):
        self.folder = folder
        with Server("live", *NEAR, folder=folder) as self.server:
            self.asked = iem.asked
            self.forecast = self.server.get(FORECAST).json()
            lines = [line for line in self.server.greeting if line.startswith("curl -s ")]
            self.curls = [httpx.get(line.split()[-1]) for line in lines]
            self.realtime = httpx.post(f"{self.server.url}{FORECAST}", json={"observations": []})


@pytest.fixture(scope="module")
def first(tmp_path_factory, iem):
    """A first start."""
    return Started(tmp_path_factory.mktemp("first"), iem)


@pytest.fixture
def folder(first, tmp_path):
    """A copy of what the first start has left."""
    shutil.copytree(first.folder, tmp_path / "copy")
    return tmp_path / "copy"


def start(folder, *options):
    """Start the command as a process that need not come as far as to serve."""
    command = [*HERE, "live", "--port", "0", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=folder, **pipes)


def log_of(server, words):
    """Return what a server prints until a line has these words."""
    lines = []
    for line in server.process.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def test_a_first_start(first, hour):
    """It serves forecasts of the nearest stations that begin with the last hour of the reports."""
    greeting = " ".join(first.server.greeting)

    assert first.forecast["run"]["issued_at"] == utc_text(hour)
    assert first.forecast["station"]["name"] == "New York/JFK Intl"
    assert first.forecast["station"]["attribution"] == "Iowa Environmental Mesonet"
    assert set(first.forecast["values"]) == {"temperature", "pressure"}
    assert first.realtime.json()["source"] == "realtime"
    assert [answer.status_code for answer in first.curls] == [200, 200]
    assert (first.server.process.returncode, first.server.output) == (0, "")
    assert "LGA New York/LaGuardia, 13 km away" in greeting
    assert "Fetching 400 days of LGA, JFK" in greeting
    assert "Data Iowa Environmental Mesonet (https://mesonet" in " ".join(greeting.split())


def test_what_a_first_start_asks_for(first):
    """Two requests: the newest day of all stations, then 400 days of those that are near."""
    newest, history = first.asked
    since = utc_now() - timedelta(days=400)

    assert newest[0] is None
    assert history[:2] == ("JFK,LGA", f"{since:%Y-%m-%d}T00:00:00Z")


def test_a_later_start(folder, quiet_iem, hour):
    """It serves at once, fetches what is new only, and then forecasts from the new hour."""
    quiet_iem.hourly("JFK", "LGA", until=hour + HOUR, hours=1)
    with Server("live", folder=folder) as server:
        log = log_of(server, "Forecasts begin at")
        forecast = server.get(FORECAST).json()

    assert "2 new readings, the newest of" in log
    assert forecast["run"]["issued_at"] == utc_text(hour + HOUR)
    assert quiet_iem.asked[0][0] == "JFK,LGA"
    assert quiet_iem.asked[0][1] == utc_text(hour - timedelta(hours=6, minutes=9))
    assert server.process.returncode == 0


def test_a_later_start_without_the_service(folder, quiet_iem, hour):
    """What is there is served, and the failure is named."""
    quiet_iem.answer = lambda _path, _query: Answer(404, b"moved")
    with Server("live", *NEAR, folder=folder) as server:
        log = log_of(server, "failed")
        forecast = server.get(FORECAST).json()

    assert "404 Not Found; it says: moved; the forecasts that are there are served" in log
    assert log.count("failed") == 1
    assert forecast["run"]["issued_at"] == utc_text(hour)
    assert server.process.returncode == 0


def test_a_service_that_says_nothing(folder, quiet_iem):
    """Lookups are answered while a fetch waits, and Ctrl-C does not wait for it."""
    asked = Event()

    def hold(_path, _query):
        asked.set()
        return SILENCE

    quiet_iem.answer = hold
    with Server("live", folder=folder) as server:
        assert asked.wait(60)
        answer = server.get(FORECAST)

    assert answer.status_code == 200
    assert (server.process.returncode, server.output) == (0, "")


def test_a_first_start_without_the_service(quiet_iem, tmp_path):
    """The error names the service, the status is 1, and the place is not kept."""
    quiet_iem.answer = lambda _path, _query: Answer(404, b"moved")
    result = run("live", *NEAR, "--port", 0, "--folder", tmp_path)

    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == "Error: iem: 127.0.0.1: 404 Not Found; it says: moved"
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_first_start_that_is_interrupted(quiet_iem, tmp_path, sent):
    """The same command goes on: the stations are known, and what is stored is not new."""
    process = start(tmp_path, *NEAR)

    def interrupt(good):
        process.send_signal(sent)
        process.wait()
        return good

    # The newest day, the list of stations; the history; its list of stations.
    quiet_iem.faults = [None, None, None, interrupt]
    output = process.communicate()[0]
    quiet_iem.requests.clear()
    with Server("live", *NEAR, folder=tmp_path) as server:
        answer = server.get(FORECAST)
    hint = "Stopped. The same command goes on from here." in output

    assert process.returncode == (1 if sent == signal.SIGINT else -sent)
    assert hint == (sent == signal.SIGINT)
    assert [asked[0] for asked in quiet_iem.asked] == ["JFK,LGA"]
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("options", "status", "what"),
    [
        ((), 1, "say where: --near 40.7,-74.0 or --stations JFK,LGA"),
        ((*NEAR, "--stations", "JFK"), 2, "say where in one way: --near or --stations"),
        (("--km", "5"), 2, "say near which place, too"),
        (("--stations", "kjfk,XXXX"), 1, "nothing came of XXXX in the last 24 hours"),
        (("--stations", "J"), 1, "'J' is no id of a station"),
        (("--near", "41,-74", "--km", "5"), 1, "the nearest is LGA New York/LaGuardia, 27 km"),
    ],
)
def test_places_that_are_none(quiet_iem, tmp_path, options, status, what):
    """The error says what to do, and nothing is kept."""
    result = run("live", *options, "--port", 0, "--folder", tmp_path / "live")

    assert quiet_iem.url
    assert (result.exit_code, what in said(result)) == (status, True), said(result)
    assert not (tmp_path / "live").exists()


def test_a_folder_of_another_place(folder, quiet_iem):
    """It is refused before anything is asked for."""
    live = folder / ".stationcast" / "live"
    result = run("live", "--stations", "EDDB", "--port", 0, "--folder", live)

    assert result.exit_code == 1
    assert "live is for stations within 100 km of 40.7,-74;" in said(result)
    assert f"add --folder {live}-2 for stations EDDB" in said(result)
    assert quiet_iem.asked == []
