"""`stationcast mcp`: tools for agents, over the API."""

from __future__ import annotations

import click

from local.commands.serve import address_of

# The SDK takes half a second to import, and most commands do not need it.
# ruff: noqa: PLC0415


def _checked_url(_: click.Context, __: click.Parameter, value: str) -> str:
    import httpx

    try:
        url = httpx.URL(value)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host or url.query or url.fragment:
        raise click.BadParameter(f"{value!r} is no address of an API; write http://127.0.0.1:8000")
    return value.rstrip("/")


@click.command()
@click.option(
    "--url",
    default="http://127.0.0.1:8000",
    envvar="STATIONCAST_URL",
    show_envvar=True,
    callback=_checked_url,
    help="The API that the tools ask: `stationcast serve`, or a stack on AWS.",
)
@click.option(
    "--http",
    is_flag=True,
    help="Serve streamable HTTP on this machine, rather than standard input and output.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8001,
    help="Port of --http; 0 for any free one.",
)
def mcp(url: str, port: int, *, http: bool) -> None:
    """Give agents tools: a Model Context Protocol server in front of an API.

    The tools are find_stations, get_forecast, what_if, get_verification and get_status. They only
    read, and ask nothing but the API. Without --http an MCP client starts the command itself and
    talks to it over standard input and output. With --http it listens on 127.0.0.1 and refuses
    requests that come from web pages.

    \b
    Examples:
      stationcast mcp
      stationcast mcp --url https://abc123.execute-api.eu-central-1.amazonaws.com
      stationcast mcp --http --port 8001

    \b
    Register it in an MCP client; most read such a file (.mcp.json, mcp.json,
    claude_desktop_config.json). Give the command's full path if it is not found:
      {"mcpServers": {"stationcast": {"command": "stationcast", "args": ["mcp"]}}}
      {"mcpServers": {"stationcast": {"type": "http", "url": "http://127.0.0.1:8001/mcp"}}}
    """
    from local.mcp.api import without_password
    from local.mcp.server import PATH, serve_http, serve_stdio
    from local.serving.api import listen

    if http:
        with listen("127.0.0.1", port) as listener:
            address = f"{address_of(listener)}{PATH}"
            click.echo(
                f"Serving on {address}\n\n  Tools over {without_password(url)}\n\nCtrl-C stops.",
                err=True,
            )
            serve_http(url, listener)
    else:
        click.echo(
            f"Tools over {without_password(url)}, on standard input and output. Ctrl-C stops.",
            err=True,
        )
        serve_stdio(url)
