"""Adopting stations that a model has not learned from, where it is better than the reference.

At stations far from the network of training, the reference of `model.guard` stands in for the model
until it is known that the model does better there. This is how it becomes known: both are evaluated
on the observations of these stations, and where the model wins, they join its network.
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from local.training.training import evaluate_model
from model.archive import Archive, TimeSplit
from model.evaluation import Evaluated
from model.features import HISTORY_HOURS, LEAD_HOURS
from model.network import joined, network_of
from model.prediction import Model


class Adopted(NamedTuple):
    """A model with stations adopted.

    Attributes:
        model: The model.
        parameters: Codes of the parameters for which it adopted them; empty if it did not.
        scores: Scores of the model without any reference, by parameter code.
    """

    model: Model
    parameters: tuple[str, ...]
    scores: dict[str, Evaluated]


def adopt(
    model: Model, archive: Archive, since: datetime, guarded: dict[str, Evaluated]
) -> Adopted:
    """Let the stations of an archive join a model's network, for each parameter that gains by it.

    Args:
        model: The model.
        archive: Observations of the stations.
        since: Both are judged on what was observed from then on, aware UTC.
        guarded: Scores of the model as it is, with the reference where stations are far.

    Raises:
        TrainingError: There are no observations since then.
    """
    alone = evaluate_model(replace(model, network={}), archive, since)
    # Pinball loss judges median and interval in one number.
    better = tuple(
        code
        for code, score in alone.items()
        if code in model.network and score.overall("pinball") < guarded[code].overall("pinball")
    )
    issue = np.arange(HISTORY_HOURS, archive.hours - LEAD_HOURS)
    everything = TimeSplit(learn=issue, validate=issue, held_back=archive.hours)
    archive = archive.select(model.parameters)
    networks = {
        code: joined(
            model.network[code],
            network_of(archive, everything, index, target.min_spread, zeros=target.zeros),
        )
        for index, (code, target) in enumerate(zip(model.parameters, model.targets, strict=True))
        if code in better
    }
    return Adopted(replace(model, network={**model.network, **networks}), better, alone)
