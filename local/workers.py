"""Who makes a night on this machine: this process, or one for each core."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from batch_jobs.transform import load_model
from batch_jobs.workers import Crew, Tools, crew_of
from forecasts.stores.open import open_store
from local.machine import now

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path


def tools_of(store_url: str, model_path: Path) -> Tools:
    """Open a store, made where there is none, and load a model.

    Raises:
        ForecastsError: The store cannot be opened.
        ArtifactError: There is no such model.
    """
    store = open_store(store_url, now, create=True, environment=os.environ)
    return Tools(store, load_model(model_path))


def crew_on(
    processes: int, store_url: str, model_path: Path
) -> Callable[[int], AbstractContextManager[Crew]] | None:
    """Return what starts a crew of several processes; None where there is only one."""
    if processes == 1:
        return None
    return partial(crew_of, processes, partial(tools_of, store_url, model_path))
