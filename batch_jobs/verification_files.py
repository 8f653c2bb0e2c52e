"""Verification as Parquet, a file for each verified run: for notebooks, SQL, and more than 30 days.

`date=2013-12-29/20131229T0000Z-1.parquet` has a row for each station, parameter and group of lead
times with hours that were compared: station, country, parameter, leads, as_of and the sums of
`model.scoring.SUMS`. A run that is verified again replaces its file.
"""

import io
from datetime import datetime

import numpy as np
import polars as pl

from batch_jobs.observations.files import Location
from batch_jobs.verify_run import Verification
from forecasts.verification import LEAD_GROUPS
from model.scoring import SUMS


def write_verification(location: Location, verified: Verification, as_of: datetime) -> None:
    """Write the file of a verified run.

    Args:
        location: Where the files are.
        verified: The sums.
        as_of: Aware; when the observations were read.

    Raises:
        FileError: It cannot be written.
    """
    codes = np.array(verified.run.parameters, object)
    station, parameter, group = np.nonzero(verified.sums[..., SUMS.index("hours")])
    ids = np.array([each.id for each in verified.stations], object)
    countries = np.array([each.country for each in verified.stations], object)
    columns = {
        "station": pl.Series(ids[station], dtype=pl.String),
        "country": pl.Series(countries[station], dtype=pl.String),
        "parameter": pl.Series(codes[parameter], dtype=pl.String),
        "leads": pl.Series(np.array(LEAD_GROUPS, object)[group], dtype=pl.String),
        "as_of": pl.Series([as_of] * len(station), dtype=pl.Datetime("us", "UTC")),
        **dict(zip(SUMS, verified.sums[station, parameter, group].T, strict=True)),
    }
    file = io.BytesIO()
    pl.DataFrame(columns).write_parquet(file)
    run = verified.run
    location.write(f"date={run.issue_time:%Y-%m-%d}/{run.id}.parquet", file.getvalue())
