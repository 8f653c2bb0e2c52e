"""Observations that the quality gate must refuse, or judge without those of one country."""

import polars as pl


def broken_copy(observations, folder):
    """Copy observations, with every other value replaced by a sentinel."""
    return _copy(observations, folder, pl.int_range(pl.len()) % 2 == 1, pl.lit(-9999.0))


def copy_with_odd_country(observations, folder):
    """Copy observations: La Guardia is in Canada, and its values are a thousand times too large."""
    copy = _copy(observations, folder, pl.col("station_id") == "LGA", pl.col("value") * 1000)
    stations = (observations / "stations.csv").read_text()
    lines = [
        line.replace(",US,", ",CA,") if line.startswith("LGA,") else line
        for line in stations.split("\n")
    ]
    (folder / "stations.csv").write_text("\n".join(lines))
    return copy


def _copy(observations, folder, changed, value):
    (folder / "observations").mkdir(parents=True)
    (folder / "stations.csv").write_bytes((observations / "stations.csv").read_bytes())
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    value = pl.when(changed).then(value).otherwise(pl.col("value")).alias("value")
    frame.with_columns(value).write_parquet(folder / "observations" / "weather.parquet")
    return str(folder)
