"""Who makes a night on this machine: this process, or one worker process for each core."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from batch_jobs.transform import load_model
from batch_jobs.workers import Tools, Workers, start_workers
from forecasts.stores.open import DynamoDBClient, open_store
from forecasts.times import utc_now as now


def tools_of(store_url: str, model_path: Path, *, create: bool = False) -> Tools:
    """Open a store and load a model.

    Args:
        store_url: The store.
        model_path: The model.
        create: Create the store if it does not exist. Not for workers: if the file of a night was
            deleted, they must not continue the night in a new one.

    Raises:
        ForecastsError: The store cannot be opened.
        ArtifactError: There is no such model.
    """
    store = open_store(store_url, now, create=create, client=DynamoDBClient.of(os.environ))
    return Tools(store, load_model(model_path))


def workers_on(
    processes: int, store_url: str, model_path: Path
) -> Callable[[int], AbstractContextManager[Workers]] | None:
    """Return a function that starts worker processes; None if one process is to do everything."""
    if processes == 1:
        return None
    return partial(start_workers, processes, partial(tools_of, store_url, model_path))
