"""Says in words which sources are too late for a night, and what to do about them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from batch_jobs.observations.report import Freshness

_HOUR = timedelta(hours=1)
#: Sources that are late by design: what to do.
BY_DESIGN = {
    "openaq-archive": "this archive has a day three days after its end, so it is for training only:"
    " fetch from openaq, too",
}
_ADVICE = "fetch or import its newer readings"


def late_sources(freshness: Sequence[Freshness], issue_time: datetime) -> Iterator[str]:
    """Yield a sentence about each source of which most series are too late to be forecast.

    Args:
        freshness: Of the reading.
        issue_time: Aware; of the night.
    """
    for source in sorted({each["source"] for each in freshness}):
        of_source = [each for each in freshness if each["source"] == source]
        silent = sum(each["silent"] for each in of_source)
        if silent > sum(each["fresh"] + each["stale"] for each in of_source):
            newest = max(each["newest"] for each in of_source)
            hours = (issue_time - datetime.fromisoformat(newest)) // _HOUR
            yield (
                f"the newest reading of source {source} is of {newest}, {hours} hours before the"
                f" issue time; {BY_DESIGN.get(source, _ADVICE)}"
            )
