"""Makes a repository of one feature view in Feast's environment, and materializes it.

`bench/peers/feast.py` starts it by its path, in the folder of the repository. `features.parquet`
there has a station, a time, and a column of numbers for each feature.
"""

# Feast is not a dependency of this project; it has an environment of its own.
# mypy: disable-error-code="import-not-found,no-any-unimported"

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
    """Register the features that the arguments name, load them, print a list of costs as JSON."""
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
    seconds, used = time.perf_counter() - wall, time.process_time() - cpu
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write("\n" + json.dumps([imported, seconds, used, peak_bytes]) + "\n")


if __name__ == "__main__":
    main()
