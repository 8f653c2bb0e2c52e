"""The inputs of benchmarks: a model, and observations in two formats.

Values are synthetic, places are real: the airports of `local.demo.synthetic`. Each of these
functions is called in a process of its own (`apart`), because Linux starts a program with the peak
memory of its parent: what a function leaves in memory would count as the night's.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

from bench.harness.errors import InputError
from model.errors import ModelError

# numpy, polars and xgboost are imported only in these processes.
# ruff: noqa: PLC0415

P = ParamSpec("P")
R = TypeVar("R")

#: The night that is measured is always the same, because the synthetic weather depends on it.
ISSUE_TIME = datetime(2025, 11, 1, tzinfo=UTC)

ABOUT = "synthetic values at real airports"


class ModelNote(NamedTuple):
    """A model.

    Attributes:
        path: Its artifact, absolute.
        parameters: How many parameters it forecasts.
        text: Its name and the size of its boosters.
    """

    path: Path
    parameters: int
    text: str


def apart(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call *function* in a fresh process; return its result."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def make_model(path: Path | None, demo_folder: Path) -> ModelNote:
    """Describe a model; without a path the demo's, which is trained first if it is not there.

    The demo's model is from New York, and the stations of benchmarks are everywhere. A reference
    would stand in for it, which costs less, so it is written anew as a model of nowhere.

    Raises:
        InputError: There is no model at *path*, or it forecasts other parameters than the synthetic
            observations have.
    """
    from batch_jobs.transform import load_model
    from local.commands.progress import bar
    from local.demo.night import demo_model
    from local.demo.synthetic import CODES
    from local.machine import let_idle_threads_sleep
    from model.artifact import save

    let_idle_threads_sleep()
    try:
        model = load_model(path) if path else demo_model(demo_folder, bar)
    except ModelError as error:
        raise InputError(str(error)) from error
    if set(model.parameters) != set(CODES):
        found, wanted = ", ".join(model.parameters), ", ".join(CODES)
        raise InputError(f"{path}: the model forecasts {found}; observations are of {wanted}")
    rounds = model.training["rounds"].values()
    text = f"{model.name}, boosting rounds {min(rounds)} to {max(rounds)}, {sum(rounds)} in all"
    if path is None:
        path = demo_folder / "model.everywhere.tar.gz"
        save(replace(model, network={}), path)
    return ModelNote(path.absolute(), len(model.parameters), text)


def make_compiled(path: Path, folder: Path) -> Path:
    """Compile a model into *folder*; return the artifact."""
    from local.commands.progress import bar
    from local.compiling.compile import compile_model
    from local.compiling.library import find_compiler

    output = folder / "model.compiled.tar.gz"
    compile_model(path, output, find_compiler(), bar)
    return output


def make_parquet(folder: Path, stations: int) -> Path:
    """Write eight days of hourly observations as Parquet, unless they are there."""
    from batch_jobs.observations.notice import NOTICE_FILE
    from local.commands.progress import bar
    from local.demo.night import once
    from local.demo.synthetic import write_synthetic

    below = folder / f"parquet-{stations}"
    once(below, lambda: write_synthetic(below, stations, ISSUE_TIME, bar))
    # They stand for the observations of a real network, whose forecasts repeat no notice.
    (below / NOTICE_FILE).unlink(missing_ok=True)
    return below


def make_copies(folder: Path, stations: int, copies: int) -> Path:
    """Write the observations of stations several times, with a number after their ids.

    A night may have more stations than there are airports.
    """
    import polars as pl

    from local.commands.progress import bar
    from local.demo.night import once

    base, below = make_parquet(folder, stations), folder / f"copies-{stations}-{copies}"

    def write() -> None:
        (below / "observations").mkdir(parents=True)
        places = pl.read_csv(base / "stations.csv", infer_schema=False)
        every = [places.with_columns(numbered(copy)) for copy in range(copies)]
        pl.concat(every).write_csv(below / "stations.csv")
        paths = sorted(base.glob("observations/*"))
        for path in bar(paths, "Copying", len(paths)):
            frame = pl.read_parquet(path)
            for copy in range(copies):
                name = f"{path.stem}-{copy}.parquet"
                frame.with_columns(numbered(copy)).write_parquet(below / "observations" / name)

    def numbered(copy: int) -> pl.Expr:
        return pl.concat_str(pl.col("station_id"), pl.lit(f"-{copy}"))

    once(below, write)
    return below


def make_archive(folder: Path, stations: int) -> Path:
    """Write nine days of hourly observations as in OpenAQ's archive, unless they are there."""
    from bench.harness.archive import write_archive
    from local.commands.progress import bar
    from local.demo.night import once

    below = folder / f"archive-{stations}"
    once(below, lambda: write_archive(below, stations, ISSUE_TIME, bar))
    return below
