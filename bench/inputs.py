"""What nights are measured with: a model, and observations in two formats.

Values are synthetic, places are real: the airports of `local.synthetic`. Each of these functions is
called in a process of its own (`apart`): what it leaves in memory would otherwise count as the
night's, because Linux starts a program with the peak of the process that it was started from.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

from bench.errors import InputError
from model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# numpy, polars and xgboost are imported only where they are needed: see above.
# ruff: noqa: PLC0415

P = ParamSpec("P")
R = TypeVar("R")

#: The night that is measured, always the same one: the weather that is made up depends on it.
ISSUE_TIME = datetime(2025, 11, 1, tzinfo=UTC)

ABOUT = "synthetic values at real airports"


class ModelNote(NamedTuple):
    """What is said of a model.

    Attributes:
        path: Where it is.
        parameters: How many it forecasts.
        text: Its name and how large its boosters are.
    """

    path: Path
    parameters: int
    text: str


def apart(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call *function* in a fresh process and return what it returns."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def make_model(path: Path | None, demo_folder: Path) -> ModelNote:
    """Describe a model; without a path that of the demo, which is trained if it is not there.

    Raises:
        InputError: At *path* is none, or it forecasts other parameters than are made up.
    """
    from batch_jobs.transform import load_model
    from local.demo_night import demo_model
    from local.progress import bar
    from local.synthetic import CODES

    try:
        model = load_model(path) if path else demo_model(demo_folder, bar)
    except ModelError as error:
        raise InputError(str(error)) from error
    if set(model.parameters) != set(CODES):
        found, wanted = ", ".join(model.parameters), ", ".join(CODES)
        raise InputError(f"{path}: the model forecasts {found}; observations are of {wanted}")
    rounds = model.training["rounds"].values()
    text = f"{model.name}, boosting rounds {min(rounds)} to {max(rounds)}, {sum(rounds)} in all"
    return ModelNote(path or demo_folder / "model.tar.gz", len(model.parameters), text)


def make_parquet(folder: Path, stations: int) -> Path:
    """Write eight days of hourly observations as Parquet, if they are not there."""
    from local.demo_night import once
    from local.progress import bar
    from local.synthetic import write_synthetic

    below = folder / f"parquet-{stations}"
    once(below, lambda: write_synthetic(below, stations, ISSUE_TIME, bar))
    return below


def make_archive(folder: Path, stations: int) -> Path:
    """Write nine days of hourly observations as OpenAQ's archive has them, if not there."""
    from bench.archive import write_archive
    from local.demo_night import once
    from local.progress import bar

    below = folder / f"archive-{stations}"
    once(below, lambda: write_archive(below, stations, ISSUE_TIME, bar))
    return below
