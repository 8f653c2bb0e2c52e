"""Measures several cases in turn, round after round, and compares them."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TypeVar

from rich.console import Console

T = TypeVar("T")

_progress = Console(stderr=True)


def measure_in_turn(
    cases: Mapping[str, Callable[[], T]], rounds: int, text: Callable[[T], str]
) -> dict[str, list[T]]:
    """Measure every case once in each round; return what was measured, by case.

    One more round comes first and does not count: it fills caches.

    Args:
        cases: What measures each case once, by its name.
        rounds: How many rounds count.
        text: Shows a measurement in the progress line.
    """
    measured: dict[str, list[T]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, measure in cases.items():
            measured[name].append(measure())
        latest = ", ".join(text(of_case[-1]) for of_case in measured.values())
        _progress.print(f"Round {number} of {rounds}: {latest}")
    return {name: of_case[1:] for name, of_case in measured.items()}


def ratio(ours: Sequence[T], theirs: Sequence[T], value: Callable[[T], float]) -> float:
    """Return the median of the ratios of two cases within each round."""
    return median(value(a) / value(b) for a, b in zip(ours, theirs, strict=True))
