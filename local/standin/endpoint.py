"""The stand-in of a SageMaker endpoint: what it consists of, and how to run one.

    client ── boto3 ──> front (one process) ──> containers (a process each)

The front speaks SageMaker Runtime and a little of SageMaker's control plane, so that boto3 works
unchanged with `AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME` and `AWS_ENDPOINT_URL_SAGEMAKER`. Signatures
are not checked. `local.standin.container` is the container; `local.standin.faults` are its bad
days.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.request import Request, urlopen

from local.errors import EndpointError
from local.standin.child_process import read_announcement
from local.standin.http import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The production variant of a multi-model endpoint.
MULTI_MODEL = "AllTraffic"

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint.

    Attributes:
        name: As InvokeEndpoint says it.
        variants: Artifacts (`model.tar.gz`) by name of the production variant.
        weights: By name of the production variant; who is left out has 1.
        shadow: Artifact by name of the shadow variant: at most one.
        models: Folder of a multi-model endpoint, instead of *variants*.
        workers: Containers of each variant.
        most_models: Models that fit into one container of a multi-model endpoint.
        load_seconds: A request waits no longer for a target model to be loaded.
        answer_seconds: A container has to answer within this time.
        seed: Of the choice of variants and of faults; None for another one each time.

    Raises:
        EndpointError: SageMaker would refuse it.
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
        """Refuse what cannot be an endpoint."""
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
        """Name the model of a variant: its artifact's file, without what follows the first dot."""
        artifact = {**self.variants, **self.shadow}.get(variant, self.models)
        return Path(str(artifact)).name.partition(".")[0]

    def _refuse(self, reason: str) -> NoReturn:
        raise EndpointError(f"endpoint {self.name}: {reason}")


class RunningEndpoint(NamedTuple):
    """An endpoint that runs in processes of its own.

    Attributes:
        name: As InvokeEndpoint says it.
        url: Of SageMaker Runtime and the control plane.
        faults_url: Of the faults; it answers while *url* refuses connections.
        pid: Of the front.
    """

    name: str
    url: str
    faults_url: str
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead boto3 to it."""
        return {
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": self.url,
            "AWS_ENDPOINT_URL_SAGEMAKER": self.url,
        }

    def put_faults(self, **faults: object) -> None:
        """Switch faults on, see `local.standin.faults.Faults`; those that are left out are off.

        Raises:
            HTTPError: There are no such faults.
        """
        _ask("PUT", f"{self.faults_url}/faults", faults)

    def clear_faults(self) -> None:
        """Switch all faults off."""
        _ask("DELETE", f"{self.faults_url}/faults")

    def invocations(self) -> dict[str, dict[str, int]]:
        """Count by variant: `{"depth5": {"invocations": 95, "errors": 0}}`, shadows too."""
        counts: dict[str, dict[str, int]] = _ask("GET", f"{self.faults_url}/invocations")
        return counts


@contextmanager
def running(endpoint: Endpoint, port: int = 0, faults_port: int = 0) -> Iterator[RunningEndpoint]:
    """Run an endpoint until the context ends, or this process does.

    Args:
        endpoint: What to run.
        port: On this machine; 0 for any that is free.
        faults_port: The same, of the faults.

    Raises:
        EndpointError: It did not start.
    """
    start = {"endpoint": asdict(endpoint), "port": port, "faults_port": faults_port}
    with subprocess.Popen(
        [sys.executable, "-m", "local.standin.front"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C is for this process, which then closes the pipe.
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
    body = json.dumps(content).encode()
    with urlopen(Request(url, body, method=method)) as response:  # noqa: S310 -- http, to ourselves
        return json.loads(response.read())
