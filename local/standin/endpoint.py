"""The stand-in of a SageMaker endpoint: its description, and how to run it.

    client ── boto3 ──> front (one process) ──> containers (a process each)

The front speaks SageMaker Runtime and a little of SageMaker's control plane, so that boto3 works
unchanged with `AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME` and `AWS_ENDPOINT_URL_SAGEMAKER`. Signatures
are not checked. `local.standin.container` is the container; `local.standin.faults` describes the
faults that can be switched on.
"""

import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import httpx

from local.errors import EndpointError
from local.standin.child_process import read_announcement
from local.standin.server import HOST

#: The production variant of a multi-model endpoint.
MULTI_MODEL = "AllTraffic"

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint.

    Attributes:
        name: The `EndpointName` of InvokeEndpoint.
        variants: Artifacts (`model.tar.gz`) by name of the production variant.
        weights: Weights by name of the production variant; the default is 1.
        shadow: The artifact by name of the shadow variant; at most one.
        models: Folder of a multi-model endpoint, instead of *variants*.
        workers: The number of containers of each variant.
        most_models: The number of models that fit into one container of a multi-model endpoint.
        load_seconds: How long a request waits for its target model to be loaded.
        answer_seconds: The time limit of a container's response.
        seed: Seed of the choice of variants and of faults; None for a different one each time.

    Raises:
        EndpointError: SageMaker would refuse this endpoint.
    """

    name: str = "stationcast"
    variants: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    shadow: Mapping[str, str] = field(default_factory=dict)
    models: str | None = None
    workers: int = 1
    most_models: int = 10
    load_seconds: float = 60.0
    answer_seconds: float = 60.0
    seed: int | None = None

    def __post_init__(self) -> None:
        """Refuse what SageMaker would refuse."""
        if (self.models is None) == (not self.variants):
            self._refuse("it has production variants, or a folder of models, and not both")
        for name in (self.name, *self.variants, *self.shadow):
            if not _NAME.fullmatch(name):
                self._refuse(f"{name!r} is no name: 1 to 63 letters, digits and - inside")
        if self.workers < 1:
            self._refuse("each variant has at least one container")
        if self.shadow and len(self.variants) != 1:
            self._refuse("a shadow variant needs exactly one production variant")
        if set(self.shadow) & set(self.variants) or len(self.shadow) > 1:
            self._refuse("there is one shadow variant, with a name of its own")
        self._check_weights()

    def _check_weights(self) -> None:
        if unknown := sorted(set(self.weights) - set(self.production)):
            self._refuse(f"{unknown[0]!r} has a weight and is no production variant")
        if not all(0 <= weight < math.inf for weight in self.production.values()):
            self._refuse("a weight is a number from 0 up")
        if not any(self.production.values()):
            self._refuse("every weight is 0: no variant would answer")

    @property
    def production(self) -> dict[str, float]:
        """Initial weight by name of the production variant."""
        return {name: self.weights.get(name, 1.0) for name in self.variants or [MULTI_MODEL]}

    def model_name(self, variant: str) -> str:
        """Return the name of a variant's model: its artifact's file name up to the first dot."""
        artifact = {**self.variants, **self.shadow}.get(variant, self.models)
        return Path(str(artifact)).name.partition(".")[0]

    def _refuse(self, reason: str) -> NoReturn:
        raise EndpointError(f"endpoint {self.name}: {reason}")


class RunningEndpoint(NamedTuple):
    """An endpoint that runs in processes of its own.

    Attributes:
        name: The `EndpointName` of InvokeEndpoint.
        url: URL of SageMaker Runtime and the control plane.
        faults_url: URL of the faults; it works even while *url* refuses connections.
        pid: Process id of the front.
    """

    name: str
    url: str
    faults_url: str
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that make boto3 use it."""
        return {
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": self.url,
            "AWS_ENDPOINT_URL_SAGEMAKER": self.url,
        }

    def put_faults(self, **faults: object) -> None:
        """Switch faults on, see `local.standin.faults.Faults`; all others are off.

        Raises:
            httpx.HTTPStatusError: The faults are invalid.
        """
        _ask("PUT", f"{self.faults_url}/faults", faults)

    def clear_faults(self) -> None:
        """Switch all faults off."""
        _ask("DELETE", f"{self.faults_url}/faults")

    def invocations(self) -> dict[str, dict[str, int]]:
        """Return counts by variant, shadows too: `{"depth5": {"invocations": 95, "errors": 0}}`."""
        counts: dict[str, dict[str, int]] = _ask("GET", f"{self.faults_url}/invocations")
        return counts


@contextmanager
def running(endpoint: Endpoint, port: int = 0, faults_port: int = 0) -> Iterator[RunningEndpoint]:
    """Run an endpoint until the context ends, or this process does.

    Args:
        endpoint: What to run.
        port: Its port on this machine; 0 for any free port.
        faults_port: The port of its faults; 0 for any free port.

    Raises:
        EndpointError: It did not start.
    """
    start = {"endpoint": asdict(endpoint), "port": port, "faults_port": faults_port}
    with subprocess.Popen(
        [sys.executable, "-m", "local.standin.front"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C should reach this process only, which then closes the pipe.
        start_new_session=True,
    ) as process:
        process.stdin.write(json.dumps(start).encode() + b"\n")  # type: ignore[union-attr]  # a pipe
        process.stdin.flush()  # type: ignore[union-attr]  # a pipe
        ready = read_announcement(process.stdout.readline())  # type: ignore[union-attr]  # a pipe
        if "error" in ready:
            raise EndpointError(f"endpoint {endpoint.name}: {ready['error']}")
        url, faults_url = (f"http://{HOST}:{ready[name]}" for name in ("port", "faults_port"))
        yield RunningEndpoint(endpoint.name, url, faults_url, process.pid)


def _ask(method: str, url: str, content: object = None) -> Any:
    response = httpx.request(method, url, json=content, trust_env=False)
    return response.raise_for_status().json()
