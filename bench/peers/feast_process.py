"""What runs in Feast's environment: a repository of one feature view, and its materialization.

It is started by its path (`bench/peers/feast.py`), in the folder of the repository. That has
`features.parquet`: a station, a time, and a column of numbers for each feature.
"""

# Feast is no dependency of this project: it and its types are in an environment of its own.
# mypy: disable-error-code="import-not-found,no-any-unimported"

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime, timedelta

begun = time.perf_counter()

from feast import Entity, FeatureStore, FeatureView, Field, FileSource  # noqa: E402
from feast.types import Float64  # noqa: E402
from feast.value_type import ValueType  # noqa: E402

ENTITY, VIEW = "station_id", "forecast"


def main() -> None:
    """Register the features that are named, load them, and say what that took, as JSON."""
    imported = time.perf_counter() - begun
    store = FeatureStore(repo_path=".")
    station = Entity(name="station", join_keys=[ENTITY], value_type=ValueType.STRING)
    view = FeatureView(
        name=VIEW,
        entities=[station],
        ttl=timedelta(days=36_500),
        schema=[Field(name=name, dtype=Float64) for name in sys.argv[1:]],
        source=FileSource(path="features.parquet", timestamp_field="event_timestamp"),
    )
    store.apply([station, view])
    wall, cpu = time.perf_counter(), time.process_time()
    store.materialize(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    took = {
        "import_seconds": imported,
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    sys.stdout.write("\n" + json.dumps(took) + "\n")


if __name__ == "__main__":
    main()
