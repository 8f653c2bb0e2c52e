"""Feast, a peer for loading into DynamoDB and serving from it.

A feature is a number, so Feast gets seven for each station: the medians of the first hour. Ours
stores and answers 24 hours with three quantiles each, 504 numbers. Feast runs with its own packages
in `.tools/feast`: its materialization as a process, and its Python feature server with one worker,
which is never restarted and writes no access log.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from bench.harness.client import ask, post
from bench.harness.dynamodb import ENVIRONMENT, REGION
from bench.harness.errors import ServerError
from bench.harness.server import HOST, Server, free_port, serving_process
from bench.harness.watched_process import Cost
from bench.peers.environments import Environment

PEER = Environment(
    "feast",
    (
        "feast[aws]==0.67.0",
        "aiobotocore==3.10.0",
        "boto3==1.43.117",
        "fastapi==0.165.0",
        "gunicorn==27.0.1",
        "httptools==0.9.0",
        "numpy==2.4.6",
        "pandas==2.3.3",
        "protobuf==7.36.2",
        "pyarrow==26.0.1",
        "pydantic==2.14.3",
        "starlette==1.10.0",
        "uvicorn==0.54.0",
        "uvloop==0.23.0",
    ),
)

_PATH = "/get-online-features"
_JSON = {"Content-Type": "application/json"}
_SCRIPT = Path(__file__).with_name("feast_process.py")


class Materialized(NamedTuple):
    """What loading cost Feast.

    Attributes:
        import_seconds: Time to import Feast, which *cost* leaves out.
        cost: The cost of `materialize` for its process, without DynamoDB Local.
    """

    import_seconds: float
    cost: Cost


def materialize(
    home: Path,
    repository: Path,
    url: str,
    values: Mapping[str, Mapping[str, float]],
    time: datetime,
) -> Materialized:
    """Make a repository and load its features into the DynamoDB at *url*.

    Args:
        home: Feast's environment.
        repository: A folder that does not exist yet.
        url: URL of DynamoDB.
        values: The values by station and feature. All stations have the same features.
        time: Aware time of all values.

    Raises:
        ServerError: Feast failed; says what it printed.
    """
    repository.mkdir(parents=True)
    rows = [{"station_id": i, "event_timestamp": time, **each} for i, each in values.items()]
    pl.DataFrame(rows).write_parquet(repository / "features.parquet")
    settings = {
        "project": "stations",
        "provider": "local",
        "registry": "registry.db",
        "entity_key_serialization_version": 3,
        "online_store": {"type": "dynamodb", "region": REGION, "endpoint_url": url},
    }
    (repository / "feature_store.yaml").write_text(json.dumps(settings))  # JSON is YAML
    features = list(next(iter(values.values())))
    done = subprocess.run(  # noqa: S603 -- ours
        # -P: Feast must not find our modules beside the script.
        [home / "bin" / "python", "-P", _SCRIPT, *features],
        cwd=repository,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"Feast: {done.stderr[-2000:]}")
    import_seconds, *cost = json.loads(done.stdout.splitlines()[-1])
    return Materialized(import_seconds, Cost(*cost))


@contextmanager
def serving_feast(home: Path, repository: Path) -> Iterator[Server]:
    """Run the feature server with a repository that `materialize` has made.

    Raises:
        ServerError: It does not become ready; says what it logged.
    """
    port = free_port()
    command: list[str | Path] = [home / "bin" / "python", home / "bin" / "feast"]
    options = ["--log-level", "error", "serve", "--host", HOST, "--port", str(port)]
    options += ["--workers", "1", "--max-requests", "0", "--no-access-log"]
    with serving_process(
        [*command, *options], port, ["/health"], cwd=repository, environment=_environment()
    ) as server:
        yield server


def features_request(stations: Sequence[str], features: Sequence[str]) -> bytes:
    """Write the request for features of stations."""
    wanted = [f"forecast:{feature}" for feature in features]
    body = {"features": wanted, "entities": {"station_id": list(stations)}}
    return post(_PATH, json.dumps(body, separators=(",", ":")).encode(), _JSON)


def check(port: int, station: str, values: Mapping[str, float]) -> None:
    """Make sure that the feature server answers what was loaded.

    Raises:
        ServerError: It does not.
    """
    (answer,) = ask(port, [features_request([station], list(values))])
    if answer.status != 200:  # noqa: PLR2004 -- OK
        raise ServerError(f"Feast: {answer.body[:400].decode()}")
    said = json.loads(answer.body)
    names = said["metadata"]["feature_names"]
    found = {n: each["values"][0] for n, each in zip(names, said["results"], strict=True)}
    if found != {"station_id": station, **values}:
        raise ServerError(f"Feast answers {found}, not {values}")


def _environment() -> dict[str, str]:
    return {**os.environ, **ENVIRONMENT}
