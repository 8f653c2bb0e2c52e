"""A forest: the trees of one parameter, in whichever form an artifact holds them.

XGBoost's own boosters (`model.boosters`) and compiled trees (`model.compiled`) say the same
numbers, bit for bit. Only the former need XGBoost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from model.features import Floats


class Forest(Protocol):
    """The trees of one parameter."""

    def predict(self, rows: Floats) -> Floats:
        """Ask every tree.

        Args:
            rows: float32 [M, F], in one piece; NaN where a value is not known.

        Returns:
            float32 [M, 3]: p10, p50 and p90 as they are, not yet in order.
        """
        ...
