"""AWS's own serving stack on this machine: gunicorn with SageMaker's toolkit, over an artifact.

The XGBoost image answers requests with gunicorn, gevent and `sagemaker-containers`. Here they run
without the image's nginx, from an environment of their own that is made once in
`.tools/sagemaker-serving`. The toolkit is of 2020: on Python 3.11 it needs an alias in
`collections` that Python 3.10 removed (`bench/peers/sagemaker_serving_process.py`).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.harness.server import HOST, Server, free_port, serving_process
from bench.peers.environments import Environment
from model.artifact import unpack

#: The toolkit names no versions of Flask and what Flask needs; later ones do not fit it.
PEER = Environment(
    "sagemaker-serving",
    (
        "sagemaker-containers==2.8.6.post2",
        "flask==1.1.1",
        "werkzeug==0.16.1",
        "jinja2==3.0.3",
        "markupsafe==2.1.5",
        "itsdangerous==2.0.1",
        "protobuf==3.20.3",
        "packaging==26.4",
        "setuptools==80.10.2",
        "gunicorn==27.0.1",
        "gevent==26.9.0",
        "numpy==2.1.0",
        "scipy==1.15.0",
        "xgboost-cpu==3.2.0",
    ),
)

_APP = Path(__file__).with_name("sagemaker_serving_process.py")


class ServingStack(NamedTuple):
    """A running server, which boto3 can ask as if it were an endpoint.

    Attributes:
        server: gunicorn and its workers.
        name: The endpoint's name; the server takes any.
    """

    server: Server
    name: str = "stationcast"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead boto3 to it."""
        return {"AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": f"http://{HOST}:{self.server.port}"}


@contextmanager
def serving_stack(artifact: Path, workers: int) -> Iterator[ServingStack]:
    """Run AWS's serving stack.

    Args:
        artifact: `model.tar.gz`.
        workers: Processes that predict. AWS starts one for each processor.

    Raises:
        InputError: Its environment cannot be made.
        ServerError: It did not become ready; says what it logged.
    """
    python, port = PEER.install() / "bin" / "python", free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as base:
        folder = Path(base, "model")
        unpack(artifact, folder)
        known = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{folder / 'code'}:{_APP.parent}",
            "SAGEMAKER_BASE_DIR": base,
            "SAGEMAKER_PROGRAM": "inference.py",
            # One prediction is too small to share between threads, as the template says.
            "OMP_NUM_THREADS": "1",
        }
        how = ("-k", "gevent", "-w", str(workers), "-b", f"{HOST}:{port}", "--keep-alive", "60")
        command: list[str | Path] = [python, "-m", "gunicorn", *how, f"{_APP.stem}:application"]
        with serving_process(command, port, ["/ping"], environment=known, cwd=Path(base)) as server:
            yield ServingStack(server)
