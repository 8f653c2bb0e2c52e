"""The choice of the production variant for each request."""

import random
from collections.abc import Mapping
from itertools import accumulate


class Weights:
    """Divides requests between variants.

    Args:
        weights: Weights by variant name; at least one is greater than 0.
        generator: Draws the variant of each request.
    """

    def __init__(self, weights: Mapping[str, float], generator: random.Random) -> None:
        self._random = generator
        self._set(dict(weights))

    @property
    def by_name(self) -> dict[str, float]:
        """The current weights."""
        return dict(self._weights)

    def draw(self) -> str:
        """Choose a variant; its probability is its share of the sum of the weights."""
        (name,) = self._random.choices(self._names, cum_weights=self._sums)
        return name

    def update(self, changes: Mapping[str, float]) -> None:
        """Change the weights of existing variants, from the next draw on.

        Raises:
            ValueError: All weights would be 0.
        """
        weights = {**self._weights, **changes}
        if not any(weights.values()):
            raise ValueError("every weight is 0: no variant would answer")
        self._set(weights)

    def _set(self, weights: dict[str, float]) -> None:
        self._weights = weights
        # Variants of weight 0 are left out, so that rounding cannot choose them.
        self._names = [name for name, weight in weights.items() if weight > 0]
        self._sums = list(accumulate(weights[name] for name in self._names))
