"""Observations that the quality gate must refuse."""

import polars as pl


def broken_copy(observations, folder):
    """Copy observations, with every other value replaced by a sentinel."""
    (folder / "observations").mkdir(parents=True)
    (folder / "stations.csv").write_bytes((observations / "stations.csv").read_bytes())
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    odd = pl.int_range(pl.len()) % 2 == 1
    value = pl.when(odd).then(-9999.0).otherwise(pl.col("value")).alias("value")
    frame.with_columns(value).write_parquet(folder / "observations" / "weather.parquet")
    return str(folder)
