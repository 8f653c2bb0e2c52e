"""The MCP server: the tools, over standard input and output or over streamable HTTP."""

import signal
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from importlib.metadata import version

import uvicorn
from mcp.server import MCPServer
from mcp_types import ToolAnnotations

from local.mcp.api import Api
from local.mcp.tools import Tools

#: Where streamable HTTP is served, as is the custom.
PATH = "/mcp"

INSTRUCTIONS = (
    "Forecasts of the next 24 hours for weather and air-quality stations, with how sure they are, "
    "and how good they were. Begin with find_stations, which gives the ids of stations. Forecasts "
    "are made once a night: `run.issued_at` says when, and get_status says whether that is recent. "
    "Name the `attribution` of a station, if it has one, wherever you show its forecast."
)


def make_server(url: str) -> MCPServer[None]:
    """Return a server with the tools over the API at *url*."""
    api = Api(url)

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncIterator[None]:
        async with aclosing(api):
            yield

    server = MCPServer(
        "stationcast",
        title="Stationcast",
        instructions=INSTRUCTIONS,
        version=version("stationcast"),
        log_level="WARNING",
        lifespan=lifespan,
    )
    tools = Tools(api)
    for tool in (
        tools.find_stations,
        tools.get_forecast,
        tools.what_if,
        tools.get_verification,
        tools.get_status,
    ):
        server.add_tool(tool, annotations=ToolAnnotations(read_only_hint=True))
    return server


def serve_stdio(url: str) -> None:
    """Serve on standard input and output until the input ends, or Ctrl-C."""
    # The SDK reads its input in a thread, which would hold up a polite end until the next line.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    make_server(url).run("stdio")


def serve_http(url: str, listener: socket.socket) -> None:
    """Serve streamable HTTP until Ctrl-C, to programs of this machine only.

    Args:
        url: The API.
        listener: A loopback address. The SDK refuses requests whose `Host` or `Origin` is another
            (DNS rebinding), so no web page can use the tools.
    """
    # Each request stands alone: a client goes on after a restart, and no session is kept.
    app = make_server(url).streamable_http_app(
        streamable_http_path=PATH, stateless_http=True, json_response=True, host="127.0.0.1"
    )
    config = uvicorn.Config(app, log_level="warning")
    # After it has shut down, uvicorn raises the Ctrl-C that stopped it once more.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
