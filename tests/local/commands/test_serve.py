"""`stationcast serve`."""

import json
import socket
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from forecasts.runs import publish
from forecasts.stores.open import open_store
from forecasts.times import utc_now
from local.commands.serve import served
from local.serving import website
from tests.api.conftest import load
from tests.command_line import Server, run, said
from tests.endpoint import UNCHECKED
from tests.factories import a_night

TONIGHT = "20131230T0000Z-1"
LOOKUP = "/v1/stations/JFK/forecast"


def test_serve_answers_until_ctrl_c(nightly, store_url):
    """A lookup works over real HTTP; Ctrl-C ends the server with status 0 and no traceback."""
    run(*nightly)
    with Server("serve", "--store", store_url) as server:
        answer = server.get("/v1/stations/JFK/forecast")

    assert answer.json()["run"]["id"] == TONIGHT
    assert (server.process.returncode, server.output) == (0, "")


def fetched(server, path=LOOKUP, **headers):
    """Ask a server; return the status, the body, and the tag."""
    answer = server.get(path, **headers)
    return answer.status_code, answer.json() if answer.content else None, answer.headers.get("etag")


def test_a_file_that_is_deleted_and_made_anew(nightly, store_url):
    """The server says that the file is gone, goes on when it is back, and follows another one.

    What SQLite keeps beside a file stays where it is: only the file itself is deleted.
    """
    run(*nightly)
    file = Path(store_url.removeprefix("sqlite:///"))
    with Server("serve", "--store", store_url) as server:
        first = fetched(server)
        file.rename(f"{file}.aside")
        gone = [fetched(server, path)[:2] for path in ("/healthz", LOOKUP)]
        Path(f"{file}.aside").rename(file)
        back = fetched(server)
        file.unlink()
        with closing(open_store(store_url, utc_now, create=True)) as store:
            anew = replace(a_night(parts=2), planned_at=utc_now())
            load(store, anew, warmer=40)
            publish(store, anew.id, utc_now())
        second = fetched(server, **{"If-None-Match": first[2]})
        pinned = fetched(server, f"{LOOKUP}?run={TONIGHT}", **{"If-None-Match": first[2]})
        healthy = fetched(server, "/healthz")[:2]

    assert [status for status, _ in gone] == [503, 503]
    assert {body["type"] for _, body in gone} == {"/problems/store-unavailable"}
    assert back == first
    assert (first[1]["run"]["id"], second[1]["run"]["id"]) == (TONIGHT, TONIGHT)
    assert (second[0], second[1]["values"]["temperature"]["p50"][0]) == (200, 43.0)
    assert pinned[:2] == second[:2]
    assert healthy == (200, {"status": "ok"})
    assert "forecasts.db: the file is gone" in server.output


def test_serve_says_what_it_serves(nightly, store_url):
    """The greeting names the store, the run, real time, the website and the address."""
    run(*nightly)
    with Server("serve", "--store", store_url) as server:
        page = server.get("/", accept="text/html").headers["content-type"]
    greeting = server.greeting
    website = f"{server.url}/" if page.startswith("text/html") else "not built: install Node.js"

    assert greeting[0] == f"Serving on {server.url}"
    assert f"Forecasts  {store_url}, run {TONIGHT}" in greeting
    assert "Real time  off; --endpoint turns it on" in greeting
    assert f"API        {server.url}/docs" in greeting
    assert f"Website    {website}" in "\n".join(greeting)


def test_missing_parts_are_named(store_url, clock, monkeypatch):
    """Without a run or a website, the greeting says how to make one."""
    monkeypatch.setattr(website, "PLACES", ())
    with closing(open_store(store_url, clock, create=True)) as opened:
        text = served(Settings(store_url), opened, "http://localhost")

    assert "no run yet: `stationcast nightly` publishes one" in text
    assert "Website    not built: install Node.js" in text


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_busy_port_is_checked_first(command, tmp_path, monkeypatch):
    """If the port is in use, the command only prints what to do."""
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(command, "--port", port)

    assert result.exit_code == 1
    assert result.output == (
        f"Error: cannot listen on 127.0.0.1:{port}: the port is in use; "
        f"choose another: --port {port + 1}, or make run PORT={port + 1}\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_host_that_is_another_machine():
    """The error has the system's reason."""
    result = run("serve", "--host", "192.0.2.1")

    assert result.exit_code == 1
    assert "cannot listen on 192.0.2.1:8000: Cannot assign requested address" in said(result)


def test_serve_asks_an_endpoint(nightly, store_url, endpoint, tmp_path, monkeypatch):
    """An endpoint answers requests with readings, and the journal goes to its file."""
    run(*nightly)
    journal = tmp_path / "journal.jsonl"
    for name, value in (UNCHECKED | endpoint.environment).items():
        monkeypatch.setenv(name, value)
    options = ("--endpoint", "sagemaker://stationcast", "--variants", "depth5=1,depth10=1")
    with Server("serve", "--store", store_url, *options, "--journal", journal) as server:
        url = f"{server.url}/v1/stations/JFK/forecast"
        answer = httpx.post(url, json={"observations": []}).json()
    line = json.loads(journal.read_text())

    assert "Real time  sagemaker://stationcast" in server.greeting
    assert answer["source"] == "realtime"
    assert line["variant"] == answer["realtime"]["variant"]


def test_serve_refuses_an_invalid_endpoint(store_url):
    """An invalid setting is refused before anything is opened."""
    result = run("serve", "--store", store_url, "--endpoint", "stationcast")

    assert result.exit_code == 2
    assert "write sagemaker://endpoint-name" in said(result)
