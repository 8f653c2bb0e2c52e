"""Probation: whether the model in use does in the nights what it promised when it was judged.

It does not if for a week the forecasts of a parameter were worse than the best reference, while
those of the model before were not. A parameter that is hard for both models is no reason to go
back.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from batch_jobs.training.registry import Registry
from batch_jobs.training.releasing import ModelFile, is_one_of
from forecasts.errors import DamagedItemError
from forecasts.parameter import PARAMETERS
from forecasts.run import Run
from forecasts.runs import UnknownRunError, get_run
from forecasts.scores import merged, scores_by_parameter
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text
from forecasts.verification import VerifiedNetwork
from forecasts.verifications import network_verifications

#: The fewest verified nights that say something about a model, and how many of it are looked at.
NIGHTS = 7


def failures(registry: Registry, in_use: ModelFile, store: Reader) -> list[str]:
    """Return in which parameters the newest release fails; empty if in none, or not known yet.

    What is mostly zero, as rain, does not count: its skill is next to 0 in dry weather. A model
    that was put in the place of the release by hand is not on probation.

    Raises:
        FileError: The releases or the model in use cannot be read.
        StoreError: The store could not answer.
    """
    releases = [each for each in registry.releases() if not each.taken_back]
    if len(releases) < 2:  # noqa: PLR2004 -- nothing to go back to
        return []
    before, newest = releases[-2:]
    runs = list(_verified_runs(store))
    since = [(run, night) for run, night in runs if utc_text(run.issue_time) >= newest.released_at]
    nights = [night for run, night in since if run.model == newest.model][-NIGHTS:]
    if len(nights) < NIGHTS:
        return []
    of_before = [each for each in runs if each not in since and each[0].model == before.model]
    now, earlier = _skills(nights), _skills([night for _, night in of_before][-NIGHTS:])
    found = [
        f"in the last {NIGHTS} verified nights the error of {code} was {-skill:.1%} larger than "
        "that of the best reference"
        for code, skill in now.items()
        if skill < 0 <= earlier.get(code, 0.0)
    ]
    # Read last: it is much larger than what says whether it matters.
    return found if found and is_one_of(in_use, (before, newest)) else []


def _verified_runs(store: Reader) -> Iterator[tuple[Run, VerifiedNetwork]]:
    """Yield the verified runs of the last 30 days, oldest first."""
    for night in network_verifications(store):
        try:
            yield get_run(store, night.run_id), night
        except (UnknownRunError, DamagedItemError):
            continue  # it has expired in between; or it costs only itself


def _skills(nights: Sequence[VerifiedNetwork]) -> dict[str, float]:
    """Return the skill of all stations together, by parameter code."""
    sums = merged(_countries(nights))
    scores: dict[str, dict[str, Any]] = scores_by_parameter(sums)
    return {
        code: score["skill"]
        for code, score in scores.items()
        if score.get("skill") is not None and not PARAMETERS[code].zeros
    }


def _countries(nights: Sequence[VerifiedNetwork]) -> Iterable[dict[str, Any]]:
    return (dict(parameters) for night in nights for parameters in night.countries.values())
