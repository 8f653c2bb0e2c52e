"""What real time costs, carries and survives: `python -m bench.real_time`.

| measures                                                        | in                        |
|-----------------------------------------------------------------|---------------------------|
| a POST with a reading, compared with the model's `predict_fn`   | `bench.real_time.layers`  |
| forecasts a second over 16 connections, compared with MLServer  | `bench.real_time.throughput` |
| an endpoint that hangs: what callers and others see             | `bench.real_time.outage`  |
| which variants get requests: by weight, and by caller           | `bench.real_time.weights` |

Speed is measured with what is deployed: the artifact in AWS's own serving stack, and in the Lambda
function in Lambda's runtime. Behaviour (the hanging endpoint, the weights) is measured with the
stand-in of a SageMaker endpoint. The API runs under uvicorn over SQLite. AWS's stack and MLServer
are installed once, each in an environment of its own. Needs Linux.
"""

import tempfile
from pathlib import Path

from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT
from bench.peers import mlserver, sagemaker_serving
from bench.real_time.layers import layer_figures, measure_layers
from bench.real_time.outage import FULL, QUICK, measure_outage, outage_figures
from bench.real_time.plot import plot_outage
from bench.real_time.stations import publish_night
from bench.real_time.throughput import measure_throughput, throughput_figures
from bench.real_time.weights import measure_weights, weight_figures

PLOT = Path("docs/images/real-time.png")

ROUNDS, QUICK_ROUNDS = 15, 3
#: Seconds of a round of forecasts.
SECONDS, QUICK_SECONDS = 3, 1
CALLS, QUICK_CALLS = 10_000, 500
CALLERS, QUICK_CALLERS = 1000, 50

_PACKAGES = ("stationcast", "boto3", "fastapi", "uvicorn", "uvloop", "xgboost-cpu", "numpy")


@benchmark("Fewer rounds and calls, and a shorter outage.")
def main(*, quick: bool) -> Report:
    """Measure real time; without --quick, plot the outage into docs/images."""
    for peer in (sagemaker_serving.PEER, mlserver.PEER):
        peer.install()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        figures, model = measure(Path(name), quick=quick)
    used = versions(*_PACKAGES) | sagemaker_serving.PEER.versions() | mlserver.PEER.versions()
    used |= {"observations": ABOUT, "model": model}
    return Report("real_time", used, figures)


def measure(folder: Path, *, quick: bool) -> tuple[list[Figure], str]:
    """Measure everything below *folder*; return the figures, and what is said of the model."""
    night = publish_night(folder)
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    calls, callers = (QUICK_CALLS, QUICK_CALLERS) if quick else (CALLS, CALLERS)
    figures = [
        *layer_figures(measure_layers(night, folder, rounds)),
        *throughput_figures(measure_throughput(night, folder, rounds, seconds)),
        *weight_figures(measure_weights(night, folder, calls, callers)),
    ]
    outage = measure_outage(night, folder, QUICK if quick else FULL)
    if not quick:
        plot_outage(outage, PLOT)
    return [*figures, *outage_figures(outage)], night.about


if __name__ == "__main__":
    main()
