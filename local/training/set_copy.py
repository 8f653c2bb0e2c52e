"""Training sets in S3, for programs that read folders."""

import tempfile
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from batch_jobs.errors import LocationError
from batch_jobs.observations.files import THREADS, Location, content_so_far, open_location
from batch_jobs.training.training_sets import MANIFEST, STATIONS
from model.errors import SetError, TrainingError
from model.training_set import TrainingSet


def parameters_in(url: str) -> tuple[str, ...]:
    """Return the parameters of the set below an S3 prefix.

    Raises:
        LocationError: There is no set.
        FileError: It cannot be read.
        TrainingError: Its manifest is damaged, or of another format.
    """
    with folder_of(url, ()) as folder:
        return TrainingSet.open(folder).parameters


@contextmanager
def folder_of(set_location: str, codes: Collection[str] | None) -> Iterator[Path]:
    """Yield a folder with a set; if the set is in S3, it is a copy that is deleted afterwards.

    Args:
        set_location: A folder or `s3://bucket/prefix`.
        codes: The parameters that are needed; None for all.

    Raises:
        LocationError: There is no set below the prefix.
        FileError: A file of it cannot be read.
        TrainingError: What was read in the folder is damaged, or of another format.
    """
    if not set_location.startswith("s3://"):
        yield Path(set_location)
        return
    with tempfile.TemporaryDirectory(prefix="stationcast-") as folder:
        try:
            _copy(set_location, Path(folder), codes)
            yield Path(folder)
        except SetError as error:
            # The folder's name would tell nothing.
            raise TrainingError(str(error).replace(folder, set_location)) from error


def _copy(url: str, folder: Path, codes: Collection[str] | None) -> None:
    location = open_location(url)
    manifest = content_so_far(location, MANIFEST)
    if manifest is None:
        raise LocationError(
            url, "there is no training set; `stationcast training prepare` makes one"
        )
    (folder / MANIFEST).write_bytes(manifest)
    files = TrainingSet.open(folder).files
    wanted = files if codes is None else files.keys() & codes
    names = [name for code in wanted for country in files[code].values() for name in country]
    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(_fetch, location, name, folder) for name in (STATIONS, *names)]:
            future.result()


def _fetch(location: Location, name: str, folder: Path) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(location.read(name))
