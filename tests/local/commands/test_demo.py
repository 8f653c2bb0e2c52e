"""`stationcast demo`."""

import json
import shlex
from pathlib import Path

import httpx
import pytest

from batch_jobs.progress import quiet
from forecasts.times import utc_now as now
from local.commands.options import FOLDER
from local.demo.night import prepare_demo
from tests.command_line import Server, run


def curl(command):
    """Send the request of one of the demo's curl commands and return the response."""
    words = shlex.split(command)[1:]
    url = next(word for word in words if word.startswith("http"))
    options = {name: words[words.index(name) + 1] for name in ("-X", "-d") if name in words}
    method = options.get("-X", "POST" if "-d" in options else "GET")
    return httpx.request(method, url, content=options.get("-d"))


@pytest.mark.parametrize("stations", [(), ("--stations", "40")])
def test_demo_serves_what_it_says(model_path, tmp_path, stations):
    """The commands that it prints work, and a second start finds everything done."""
    folder = tmp_path / ".stationcast"
    folder.mkdir()
    (folder / "model.tar.gz").write_bytes(model_path.read_bytes())
    for words in ("is published", "is already published"):
        with Server("demo", *stations, folder=tmp_path) as server:
            status = server.get("/v1/status").json()
            answers = [curl(line) for line in server.greeting if line.startswith("curl")]

        assert status["state"] == "ok"
        assert status["realtime"]["circuit"] == "closed"
        assert words in " ".join(server.greeting)
        assert [answer.status_code for answer in answers] == [200] * 6
        assert answers[1].json()["source"] == "realtime"
        assert answers[1].json()["degraded"] is None
        assert answers[-1].json()["delay_seconds"] == 0
        assert (server.process.returncode, server.output) == (0, "")
    journal = (folder / "journal.jsonl").read_text().splitlines()

    assert [json.loads(line)["variant"] for line in journal] == ["demo"] * 2


def test_other_commands_find_the_store_of_the_demo(model_path, tmp_path, monkeypatch):
    """The demo's forecasts are in the store that commands use by default."""
    monkeypatch.chdir(tmp_path)
    model = tmp_path / FOLDER / "model.tar.gz"
    model.parent.mkdir()
    model.write_bytes(model_path.read_bytes())
    run_id = prepare_demo(Path(FOLDER), None, now, quiet).run.id

    assert run_id in run("runs", "list").output
