"""`stationcast mcp`, asked by the SDK's own client over both transports."""

import asyncio
import functools
import json
import os
import signal
import subprocess
from contextlib import closing

import httpx
import pytest
from mcp import Client, StdioServerParameters

from api.app import make_app
from forecasts.stores.open import open_store
from local.mcp.server import make_server
from tests.command_line import HERE, Server, free_port, run, said
from tests.serving import serving

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


def stdio(url):
    """Return how a client starts the command."""
    return StdioServerParameters(
        command=HERE[0],
        args=[*HERE[1:], "mcp", "--url", url],
        env=dict(os.environ),  # noqa: TID251 -- coverage is measured in it
    )


@pytest.fixture(scope="module")
def http_url(api_url):
    """The address of the tools over HTTP."""
    with Server("mcp", "--url", api_url, "--http") as server:
        yield server.url
    assert server.process.returncode == 0
    assert "Traceback" not in server.output


async def called(client, tool, **arguments):
    """Call a tool; return its structured content, after a look at its text."""
    result = await client.call_tool(tool, arguments)
    (content,) = result.content
    assert not result.is_error, content.text
    assert json.loads(content.text) == result.structured_content
    return result.structured_content


@pytest.mark.parametrize(
    ("transport", "mode"), [("stdio", "legacy"), ("http", "legacy"), ("http", "auto")]
)
def test_an_agent_asks_everything(transport, mode, api_url, http_url):
    """From a name to a forecast, one from a reading, how good they were, and how fresh.

    `legacy` is the handshake of clients of before 2026, `auto` the protocol of today.
    """
    target = stdio(api_url) if transport == "stdio" else http_url

    async def ask():
        async with Client(target, mode=mode) as client:
            tools = (await client.list_tools()).tools
            found = await called(client, "find_stations", query="new york", limit=2)
            station_id = found["items"][0]["id"]
            asked = {"station_id": station_id, "parameters": ["temperature"], "hours": 2}
            forecast = await called(client, "get_forecast", **asked, units="us", above=30)
            reading = {"parameter": "temperature", "time": "2013-12-30T05:10:00Z", "value": 20.5}
            early = reading | {"time": "2013-11-30T05:10:00Z"}
            what_if = await called(client, "what_if", **asked, readings=[reading, early])
            verified = [
                await called(client, "get_verification", station_id=station_id, days=7),
                await called(client, "get_verification"),
            ]
            return tools, found, forecast, what_if, verified, await called(client, "get_status")

    tools, found, forecast, what_if, (of_station, of_all), status = asyncio.run(ask())

    assert [tool.name for tool in tools] == [
        "find_stations",
        "get_forecast",
        "what_if",
        "get_verification",
        "get_status",
    ]
    assert all(tool.description and tool.annotations.read_only_hint for tool in tools)
    assert [one["id"] for one in found["items"]] == ["JFK", "EWR"]
    assert found["items"][0]["place"] == "New York City, New York, United States"
    assert forecast["time"] == ["2013-12-29T20:00:00-05:00", "2013-12-29T21:00:00-05:00"]
    assert forecast["units"] == {"temperature": "°F"}
    assert {len(hours) for hours in forecast["values"]["temperature"].values()} == {2}
    assert list(forecast["values"]["temperature"]) == ["p10", "p50", "p90", "above"]
    assert forecast["run"]["id"] == "20131230T0000Z-1"
    assert what_if["time"][0] == "2013-12-30T02:00:00-05:00"
    assert what_if["source"] == "realtime"
    assert [one["name"] for one in what_if["ignored"]] == ["observations.1.time"]
    assert "degraded" not in what_if
    assert of_station["station"]["id"] == "JFK"
    assert "station" not in of_all
    assert of_all["parameters"]["temperature"]["hours"] > 100
    assert of_all["parameters"]["temperature"]["coverage"] > 0.5
    assert status["state"] == "late"
    assert status["run"]["stations"] == 3


def test_answers_are_short(api_url):
    """A whole forecast of a parameter, and every other answer, is no longer than a page."""

    async def ask():
        async with Client(make_server(api_url)) as client:
            texts = {}
            for tool, arguments in (
                ("find_stations", {"query": "40.7,-73.9"}),
                ("get_forecast", {"station_id": "JFK", "parameters": ["temperature"]}),
                ("get_verification", {"station_id": "JFK"}),
                ("get_status", {}),
            ):
                result = await client.call_tool(tool, arguments)
                texts[tool] = result.content[0].text
            return texts

    assert {tool: len(text) for tool, text in asyncio.run(ask()).items() if len(text) > 2500} == {}


REFUSED = [
    (
        "get_forecast",
        {"station_id": "JKF"},
        "Station not found: no station 'JKF' in run 20131230T0000Z-1. Did you mean JFK?",
    ),
    (
        "get_forecast",
        {"station_id": "New York"},
        "'New York' is not a station id; find_stations finds ids by name.",
    ),
    ("get_forecast", {"station_id": "JFK", "hours": 25}, "less than or equal to 24"),
    (
        "get_forecast",
        {"station_id": "JFK", "above": 3},
        "above: needs exactly one parameter, such as parameters=temperature.",
    ),
    (
        "what_if",
        {"station_id": "JFK", "readings": [{"parameter": "rain", "time": "noon", "value": 3}]},
        "observations.0.time: not an RFC 3339 time with a zone",
    ),
    (
        "what_if",
        {
            "station_id": "JFK",
            "readings": [
                {"parameter": "temperature", "time": "2013-12-30T05:10:00Z", "value": "NaN"}
            ],
        },
        "Input should be a finite number",
    ),
    ("what_if", {"station_id": "JFK"}, "readings"),
    ("get_verification", {"station_id": "../status"}, "is not a station id"),
]


def test_errors_say_what_to_do(http_url):
    """What the API refuses reaches the agent as its own words, with what was meant."""

    async def ask():
        async with Client(http_url) as client:
            return [await client.call_tool(tool, arguments) for tool, arguments, _ in REFUSED]

    for (tool, _, words), result in zip(REFUSED, asyncio.run(ask()), strict=True):
        assert result.is_error
        assert words in result.content[0].text, tool


def refusal_at(url, tool="get_status"):
    """Call a tool that takes no arguments over the API at *url*; return the text of the error."""

    async def ask():
        async with Client(make_server(url)) as client:
            return await client.call_tool(tool, {})

    result = asyncio.run(ask())
    assert result.is_error
    return result.content[0].text


def test_an_api_that_is_not_there():
    """The agent is told which address it is, and how to start a server."""
    url = f"http://127.0.0.1:{free_port()}"
    text = refusal_at(url)

    assert f"The Stationcast API at {url} cannot be reached: All connection attempts failed" in text
    assert "`stationcast serve` or `stationcast demo` starts one" in text


def test_a_password_is_not_told():
    """An agent, and those who read along, see the address without user and password."""
    port = free_port()
    text = refusal_at(f"http://user:hidden@127.0.0.1:{port}")

    command = [*HERE, "mcp", "--url", f"http://user:hidden@127.0.0.1:{port}"]
    ended = subprocess.run(command, input="", capture_output=True, text=True, check=True)

    assert f"The Stationcast API at http://127.0.0.1:{port} cannot be reached" in text
    assert ended.stderr.startswith(f"Tools over http://127.0.0.1:{port}, on")


def test_something_else_than_an_api(http_url):
    """Another server is not taken for an API."""
    assert "answered 404 Not Found, and not as a Stationcast API does" in refusal_at(http_url)


def test_before_the_first_night(store_url, clock):
    """The agent is told when to try again."""
    with (
        closing(open_store(store_url, clock, create=True)) as store,
        serving(make_app(store, clock)) as (host, port),
    ):
        text = refusal_at(f"http://{host}:{port}", "get_verification")

    assert text.endswith("Try again after 60 seconds.")


def test_web_pages_are_kept_out(http_url):
    """Requests that a page sends, by a name of its own or from another origin, are refused."""
    send = functools.partial(httpx.post, http_url, json=HELLO)
    accepted = {"Accept": "application/json, text/event-stream"}

    assert send(headers=accepted).json()["result"]["serverInfo"]["name"] == "stationcast"
    assert send(headers=accepted | {"Host": "example.com"}).status_code == 421
    assert send(headers=accepted | {"Origin": "https://example.com"}).status_code == 403


def test_ctrl_c_stops_at_once():
    """On a terminal, Ctrl-C ends the command without another line of input."""
    command = [*HERE, "mcp"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        process.stdin.write(f"{json.dumps(HELLO)}\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        status = process.wait(20)

        assert answer["result"]["serverInfo"]["title"] == "Stationcast"
        assert status == -signal.SIGINT
        assert process.stderr.read() == (
            "Tools over http://127.0.0.1:8000, on standard input and output. Ctrl-C stops.\n"
        )


@pytest.mark.parametrize(
    "url", ["localhost:8000", "http://", "ftp://x", "http://[::1", "http://x?y"]
)
def test_an_address_that_is_none(url):
    """A wrong address is refused before anything starts."""
    result = run("mcp", "--url", url)

    assert result.exit_code == 2
    assert f"{url!r} is no address of an API; write http://127.0.0.1:8000" in said(result)
