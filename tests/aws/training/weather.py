"""Weather that is quick to learn: a daily cycle, and what lasts for hours, at three stations."""

from datetime import timedelta

import numpy as np
import polars as pl

from tests.factories import ISSUE_TIME

#: The fewest hours that a model is trained on.
HOURS = 1500
STATIONS = """\
station_id,name,latitude,longitude,elevation,country
EWR,Newark,40.7,-74.2,3,US
JFK,Kennedy,40.6,-73.8,4,US
LGA,La Guardia,40.8,-73.9,5,US
"""


def write_weather(path):
    """Write the temperatures of the hours up to the issue time of the tests' night."""
    random = np.random.default_rng(1)
    hours = np.arange(HOURS)
    times = [ISSUE_TIME - timedelta(hours=int(hour)) for hour in hours[::-1]]
    frames = []
    for station_id in ("EWR", "JFK", "LGA"):
        lasting = np.zeros(HOURS)
        for hour in hours[1:]:
            lasting[hour] = 0.9 * lasting[hour - 1] + random.normal()
        values = 10 + 6 * np.sin(2 * np.pi * (hours - 9) / 24) + lasting
        columns = {"station_id": station_id, "parameter": "temperature", "time": times}
        frames.append(pl.DataFrame({**columns, "value": values.round(1)}))
    pl.concat(frames).write_parquet(path)
