"""The files of whole runs, for download: their names, and where they are on one machine.

Below one location, in `<run_id>/`. They expire with the forecasts of the run.
"""

from pathlib import Path
from typing import Literal

#: As IANA registered it.
MEDIA_TYPE = "application/vnd.apache.parquet"

#: What a file is of.
Kind = Literal["forecasts", "verification"]


def file_of(run_id: str, kind: Kind) -> str:
    """Return the name of a file below the location of all runs.

    >>> file_of("20131230T0000Z-1", "forecasts")
    '20131230T0000Z-1/forecasts.parquet'
    """
    return f"{run_id}/{kind}.parquet"


#: The location that says that there are no files.
OFF = "off"


def location_of(store_url: str, given: str | None) -> str | None:
    """Return the location of the files of a store's runs.

    Args:
        store_url: The store.
        given: A location; `off` for no files; None or "" for the folder beside a SQLite file.

    Returns:
        None if there are no files: they are off, or the store is no file.

    >>> location_of("sqlite:////data/forecasts.db", None), location_of("dynamodb://stationcast", "")
    ('/data/forecasts-downloads', None)
    """
    if given:
        return None if given == OFF else given
    file = store_url.removeprefix("sqlite:///")
    if file == store_url:
        return None
    path = Path(file)
    return str(path.with_name(f"{path.stem}-downloads"))
