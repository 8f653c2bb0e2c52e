"""Boosters of XGBoost: the form in which forests are trained and saved.

Only this module and `model.training` load XGBoost; a compiled artifact needs numpy alone.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from model.errors import ArtifactError
from model.features import Floats
from model.forest import Forest

VERSION: str = xgboost.__version__

_MAX_ROUNDS = 300
_PATIENCE = 20


class Booster(Forest):
    """A forest that XGBoost evaluates.

    Attributes:
        booster: XGBoost's booster, whose leaves hold three values.
    """

    def __init__(self, booster: xgboost.Booster) -> None:
        self.booster = booster

    @classmethod
    def load(cls, path: Path) -> "Booster":
        """Load a booster from a file.

        Raises:
            ArtifactError: The file is missing or not a booster.
        """
        try:
            return cls(xgboost.Booster(model_file=path))
        except (xgboost.core.XGBoostError, OSError) as error:
            raise ArtifactError(f"{path}: not a booster: {str(error).splitlines()[0]}") from error

    def predict(self, rows: Floats) -> Floats:
        """Evaluate every tree, see `model.forest.Forest`."""
        # The margin is the sum of the leaves; of chances, XGBoost would return its logistic.
        return np.asarray(self.booster.inplace_predict(rows, predict_type="margin"), np.float32)

    def to_bytes(self) -> bytes:
        """Return the booster in XGBoost's format `.ubj`."""
        return bytes(self.booster.save_raw("ubj"))

    @property
    def rounds(self) -> int:
        """Number of trees."""
        return self.booster.num_boosted_rounds()


def load_boosters(folder: Path, codes: Sequence[str]) -> dict[str, Forest]:
    """Load the boosters of an unpacked artifact, by parameter code.

    Raises:
        ArtifactError: A file is missing or not a booster.
    """
    return {code: Booster.load(folder / "boosters" / f"{code}.ubj") for code in codes}


def booster_files(forests: Mapping[str, Forest]) -> dict[str, bytes]:
    """Return the files of forests in an artifact: contents by name within it.

    Raises:
        ArtifactError: A forest is compiled.
    """
    files = {}
    for code, forest in forests.items():
        if not isinstance(forest, Booster):
            raise ArtifactError(f"{code}: compiled trees cannot be saved; copy their artifact")
        files[f"boosters/{code}.ubj"] = forest.to_bytes()
    return files


def grown(
    settings: Mapping[str, Any],
    matrix: xgboost.QuantileDMatrix,
    validation: xgboost.QuantileDMatrix,
) -> Booster:
    """Add trees until the rows for validation are not forecast any better.

    Args:
        settings: XGBoost's.
        matrix: Rows to learn from.
        validation: Rows of other hours.
    """
    booster = xgboost.train(
        dict(settings),
        matrix,
        _MAX_ROUNDS,
        evals=[(validation, "validation")],
        early_stopping_rounds=_PATIENCE,
        verbose_eval=False,
    )
    return _without_names(booster[: booster.best_iteration + 1])


def boosted(settings: Mapping[str, Any], matrix: xgboost.QuantileDMatrix, rounds: int) -> Booster:
    """Add so many trees."""
    return _without_names(xgboost.train(dict(settings), matrix, rounds))


def _without_names(booster: xgboost.Booster) -> Booster:
    booster.feature_names = None  # the manifest has them; without them XGBoost skips a check
    return Booster(booster)
