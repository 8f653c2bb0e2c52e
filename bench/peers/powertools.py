"""Powertools' HTTP resolver, a peer that serves from the same table."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.harness.client import get
from bench.harness.server import Server, free_port, serving_process
from bench.peers.environments import Environment

PEER = Environment(
    "powertools",
    (
        "aws-lambda-powertools==3.37.0",
        "boto3==1.44.5",
        "httptools==0.9.0",
        "uvicorn==0.54.0",
        "uvloop==0.23.0",
    ),
)

_SCRIPT = Path(__file__).with_name("powertools_server.py")


@contextmanager
def serving_powertools(
    home: Path, environment: Mapping[str, str], table: str, run_id: str
) -> Iterator[Server]:
    """Serve the forecasts of a run.

    Args:
        home: Powertools' environment.
        environment: Variables that lead boto3 to the table.
        table: Its name.
        run_id: The run.

    Raises:
        ServerError: It does not become ready; says what it printed.
    """
    port = free_port()
    # -P: it must not find our modules beside the script.
    command: list[str | Path] = [home / "bin" / "python", "-P", _SCRIPT, str(port)]
    known = {**os.environ, **environment, "TABLE_NAME": table, "RUN_ID": run_id}
    elsewhere = Path(tempfile.gettempdir())
    with serving_process(command, port, ["/healthz"], cwd=elsewhere, environment=known) as server:
        yield server


def forecasts_request(stations: Sequence[str]) -> bytes:
    """Write the request for the forecast of one station, or of several."""
    one = len(stations) == 1
    path = f"/forecasts/{stations[0]}" if one else f"/forecasts?stations={','.join(stations)}"
    return get(path, {"Accept-Encoding": "gzip"})
