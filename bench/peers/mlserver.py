"""MLServer with its XGBoost runtime: what throughput is compared with.

It serves the boosters of the same artifact, one model each, from an environment of its own that is
made once in `.tools/mlserver`. It gets the rows of features ready-made, and gives back what the
boosters say: no features, no calibration, no units, no store.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from batch_jobs.transform import load_model
from bench.harness.client import ask, post
from bench.harness.errors import ServerError
from bench.harness.server import HOST, Server, free_port, serving_process
from bench.peers.environments import Environment
from bench.real_time.stations import Asked
from forecasts.item import TransformLine
from forecasts.times import HOUR, from_text
from model.boosters import booster_files
from model.features import (
    LEAD_HOURS,
    Batch,
    Floats,
    features,
)
from model.prediction import Model
from model.scale import scale_of

#: The newest of its releases. It asks for no version of XGBoost or numpy, and so gets ours; its
#: workers do not start with a later uvloop.
PEER = Environment(
    "mlserver",
    (
        "mlserver==1.7.1",
        "mlserver-xgboost==1.7.1",
        "xgboost==3.2.0",
        "numpy==2.4.6",
        "uvloop==0.21.0",
    ),
)

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
            expected = self._model.forests[code].predict(rows)
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
        ahead=np.empty((1, 0, LEAD_HOURS), np.float32),
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


def write_models(path: Path, folder: Path) -> None:
    """Write the boosters of the artifact *path* as a repository of models."""
    for name, content in booster_files(load_model(path).forests).items():
        code = Path(name).stem
        below = folder / code
        below.mkdir(parents=True)
        (below / "model.ubj").write_bytes(content)
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
    port = free_port()
    settings = {
        "parallel_workers": workers,
        "http_port": port,
        "grpc_port": free_port(),
        "host": HOST,
        "metrics_endpoint": None,
        "debug": False,
    }
    # One prediction is too small to share between threads, here as in our containers.
    known = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        shutil.copytree(models, name, dirs_exist_ok=True)
        Path(name, "settings.json").write_text(json.dumps(settings))
        python, mlserver = home / "bin" / "python", home / "bin" / "mlserver"
        command: list[str | Path] = [python, mlserver, "start", name]
        # It answers before it has loaded them.
        ready = [f"/v2/models/{model.name}/ready" for model in models.iterdir()]
        with serving_process(command, port, ready, cwd=Path(name), environment=known) as server:
            yield server
