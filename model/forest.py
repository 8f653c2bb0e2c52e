"""A forest: the trees of one parameter, in either form that an artifact may hold.

XGBoost's boosters (`model.boosters`) and compiled trees (`model.compiled`) give the same numbers,
bit for bit. Only boosters need XGBoost.
"""

from typing import Protocol

from model.features import Floats


class Forest(Protocol):
    """The trees of one parameter."""

    def predict(self, rows: Floats) -> Floats:
        """Evaluate every tree.

        Args:
            rows: float32 [M, F], contiguous; NaN for an unknown value.

        Returns:
            float32 [M, 3]: p10, p50 and p90, not yet sorted; of a parameter that is mostly zero,
            log odds of three amounts (`model.chance`).
        """
        ...
