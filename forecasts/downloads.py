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


def beside(store_url: str) -> str | None:
    """Return the folder beside the file of a SQLite store; None for another store.

    >>> beside("sqlite:////data/forecasts.db"), beside("dynamodb://stationcast")
    ('/data/forecasts-downloads', None)
    """
    file = store_url.removeprefix("sqlite:///")
    if file == store_url:
        return None
    path = Path(file)
    return str(path.with_name(f"{path.stem}-downloads"))
