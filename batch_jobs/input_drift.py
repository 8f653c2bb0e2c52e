"""Inputs that drift: what stations measured in the day before a night, beside the time of training.

A model's forecasts are as good as its inputs are like those that it learned from. A unit that
changed, a sensor type that came in or a provider that left shows here on its first night, before
anything can be verified.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.files import open_location
from batch_jobs.observations.read import Observations
from batch_jobs.problems import noted
from forecasts.forecast import dumps
from model.artifact import described_in
from model.network import QUANTILES, Network

#: The hours that are compared: a whole day, so that each hour of the day counts once.
_HOURS = 24


def compare_inputs(
    observations: Observations, network_of: Callable[[], Mapping[str, Network]]
) -> None:
    """Compare the last 24 hours of observations with the time of training, in their report.

    `inputs` of the report has, JSON-ready, for each parameter that the model learned on: how many
    `stations` measured it in any hour of *observations*; the `missing` share of their last 24
    hours; the `quantiles` of what was measured, in the parameter's unit; the share that is
    `outside` of the p01 to p99 of training, where 0.02 is usual; and `trained`, with `missing` and
    `quantiles` in training. A parameter without any value in these hours, and a direction, has no
    quantiles and no `outside`. A night without this comparison is worth more than none, so nothing
    is raised: `inputs_not_compared` says what failed.

    Args:
        observations: Those that a night forecasts from.
        network_of: Returns what the model learned on, by parameter code; may raise anything.
    """
    report = observations.report
    network: Mapping[str, Network] = {}
    with noted(report.inputs_not_compared, "the model's network"):
        network = network_of()
    for index, code in enumerate(observations.parameters):
        if code in network:
            with noted(report.inputs_not_compared, code):
                drift = _drift(observations.values[:, index], network[code])
                dumps(drift)  # here, because it must not fail when the report is written
                report.inputs[code] = drift


def network_in_artifact(artifact: str) -> Mapping[str, Network]:
    """Read what a model learned on from its artifact.

    Args:
        artifact: Location of `model.tar.gz`, such as `s3://bucket/models/v1/model.tar.gz`.

    Raises:
        FileError: It cannot be read.
        ArtifactError: It is not a model artifact.
    """
    folder, _, name = artifact.rpartition("/")
    return described_in(open_location(folder).read(name)).network


def _drift(values: NDArray[np.float32], trained: Network) -> dict[str, Any]:
    measured = ~np.isnan(values)
    stations = measured.any(axis=-1)
    newest = values[stations, -_HOURS:]
    known = newest[measured[stations, -_HOURS:]]
    drift = {
        "stations": int(stations.sum()),
        "missing": round(1 - known.size / max(newest.size, 1), 4),
        "trained": {"missing": trained.missing, "quantiles": dict(trained.quantiles)},
    }
    if not known.size or not trained.quantiles:  # directions have none
        return drift
    outside = (known < trained.quantiles["p01"]) | (known > trained.quantiles["p99"])
    quantiles = np.quantile(known, list(QUANTILES.values())).round(4).tolist()
    found = dict(zip(QUANTILES, quantiles, strict=True))
    return drift | {"quantiles": found, "outside": round(float(outside.mean()), 4)}
