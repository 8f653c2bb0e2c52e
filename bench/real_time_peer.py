"""MLServer with its XGBoost runtime: what throughput is compared with.

It serves the boosters of the same artifact, one model each, from an environment of its own that is
made once in `.tools/mlserver`. It gets the rows of features ready-made, and gives back what the
boosters say: no features, no calibration, no units, no store.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from batch_jobs.transform import load_model
from bench.client import ask, get, post
from bench.errors import InputError, ServerError
from bench.server import HOST, Server
from forecasts.times import HOUR, from_text
from model.features import Batch, features, scale_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.real_time_stations import Asked
    from forecasts.item import TransformLine
    from model.artifact import Model
    from model.features import Floats

TOOLS = Path(__file__).parents[1] / ".tools"

#: The newest of its releases. It asks for no version of XGBoost or numpy, and so gets ours; its
#: workers do not start with a later uvloop.
PACKAGES = (
    "mlserver==1.7.1",
    "mlserver-xgboost==1.7.1",
    "xgboost==3.2.0",
    "numpy==2.4.6",
    "uvloop==0.21.0",
)

_PATIENCE = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON = {"Content-Type": "application/json"}


class Inference:
    """The requests of one station's forecast: an inference for each parameter.

    Args:
        model: Has the boosters.
        asked: The station.

    Attributes:
        requests: One for each parameter.
    """

    def __init__(self, model: Model, asked: Asked) -> None:
        batch = _batch(asked.line, model.parameters)
        self._model = model
        self._rows: dict[str, Floats] = {}
        for index, target in enumerate(model.targets):
            scale = scale_of(batch.history[:, index], target.min_spread)
            # JSON has no NaN: the peer gets a number where ours sees that nothing is known.
            self._rows[target.code] = np.nan_to_num(features(batch, index, scale)[0])
        self.requests = [_request(code, rows) for code, rows in self._rows.items()]

    def check(self, port: int) -> None:
        """Make sure that the peer says what the boosters say.

        Raises:
            ServerError: It does not.
        """
        for (code, rows), answer in zip(self._rows.items(), ask(port, self.requests), strict=True):
            if answer.status != 200:  # noqa: PLR2004 -- OK
                raise ServerError(f"MLServer: {answer.body[:400].decode()}")
            (output,) = json.loads(answer.body)["outputs"]
            expected = self._model.boosters[code].inplace_predict(rows)
            if not np.allclose(np.reshape(output["data"], output["shape"]), expected, rtol=1e-5):
                raise ServerError(f"MLServer forecasts another {code} than the booster")


def _batch(line: TransformLine, parameters: Sequence[str]) -> Batch:
    hour = (from_text(line["issue_time"]) - _EPOCH) // HOUR
    return Batch(
        history=np.array([[line["history"][code] for code in parameters]], np.float32),
        latitude=np.array([line["latitude"]], np.float32),
        longitude=np.array([line["longitude"]], np.float32),
        elevation=np.array([line["elevation"]], np.float32),
        issue_hour=np.array([hour]),
    )


def _request(code: str, rows: Floats) -> bytes:
    data = [float(f"{value:.9g}") for value in rows.ravel().tolist()]
    tensor = {"name": "rows", "shape": list(rows.shape), "datatype": "FP32", "data": data}
    body = json.dumps({"inputs": [tensor]}, separators=(",", ":")).encode()
    return post(f"/v2/models/{code}/infer", body, _JSON)


def inferences(path: Path, asked: Sequence[Asked]) -> list[Inference]:
    """Make what MLServer is asked for the forecasts of stations."""
    model = load_model(path)
    return [Inference(model, each) for each in asked]


def install() -> Path:
    """Return MLServer's own environment; make it where it is not there yet.

    Raises:
        InputError: It cannot be installed; says why.
    """
    home = TOOLS / "mlserver"
    if home.exists():
        return home
    TOOLS.mkdir(exist_ok=True)
    try:
        _uv("venv", "--python", sys.executable, "--relocatable", f"{home}.part")
        _uv("pip", "install", "--python", f"{home}.part/bin/python", *PACKAGES)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise InputError(f"MLServer cannot be installed: {reason.strip()}") from error
    return Path(f"{home}.part").rename(home)


def _uv(*arguments: str) -> None:
    uv = shutil.which("uv") or str(TOOLS / "uv" / "bin" / "uv")
    # Not from below our pyproject.toml, which would speak for what is installed here.
    elsewhere = tempfile.gettempdir()
    subprocess.run([uv, *arguments], cwd=elsewhere, check=True, capture_output=True, text=True)  # noqa: S603 -- ours


def write_models(path: Path, folder: Path) -> None:
    """Write the boosters of the artifact *path* as a repository of models."""
    for code, booster in load_model(path).boosters.items():
        below = folder / code
        below.mkdir(parents=True)
        (below / "model.ubj").write_bytes(bytes(booster.save_raw("ubj")))
        runtime = "mlserver_xgboost.XGBoostModel"
        settings = {"name": code, "implementation": runtime, "parameters": {"uri": "./model.ubj"}}
        (below / "model-settings.json").write_text(json.dumps(settings))


@contextmanager
def serving_peer(home: Path, models: Path, workers: int) -> Iterator[Server]:
    """Run MLServer over a repository of models.

    Args:
        home: Its environment.
        models: The repository.
        workers: Processes that predict; 0 for the server's own.

    Raises:
        ServerError: It did not become ready; says what it logged.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name, Path(name, "log").open("w+") as log:
        port = _free_port()
        settings = {
            "parallel_workers": workers,
            "http_port": port,
            "grpc_port": _free_port(),
            "host": HOST,
            "metrics_endpoint": None,
            "debug": False,
        }
        shutil.copytree(models, name, dirs_exist_ok=True)
        Path(name, "settings.json").write_text(json.dumps(settings))
        with subprocess.Popen(  # noqa: S603 -- ours
            [home / "bin" / "python", home / "bin" / "mlserver", "start", name],
            stdout=log,
            stderr=log,
            cwd=name,
            # One prediction is too small to share between threads, here as in our containers.
            env=os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
            start_new_session=True,
        ) as process:
            try:
                _wait(process, port, Path(name, "log"))
                yield Server(process.pid, port)
            finally:
                # Its workers, too: with some of its settings it waits for them for ever.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(_PATIENCE * 10):
        try:
            if ask(port, [get("/v2/health/ready")])[0].status == 200:  # noqa: PLR2004 -- OK
                return
        except (OSError, ServerError):  # nobody listens yet
            pass
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise ServerError(f"MLServer did not start: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def peer_versions(home: Path) -> dict[str, str]:
    """Return the versions of what MLServer runs on, from its environment."""
    names = [package.partition("==")[0] for package in PACKAGES]
    code = f"from importlib.metadata import version; print(*map(version, {names!r}))"
    done = subprocess.run(  # noqa: S603 -- ours
        [home / "bin" / "python", "-c", code], check=True, capture_output=True, text=True
    )
    return {f"peer {name}": v for name, v in zip(names, done.stdout.split(), strict=True)}
