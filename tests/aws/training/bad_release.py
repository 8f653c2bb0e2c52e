"""A release whose nights were a week of bad ones, beside the model before it."""

from datetime import timedelta

from batch_jobs.training.probation import NIGHTS
from batch_jobs.training.registry import ModelRelease, Training, TrainingState
from forecasts.times import utc_text
from tests.aws.interpreter import now
from tests.verified import put_verified_run


def put_bad_release(training, artifacts):
    """Put "second" into use after "first", with a week of nights that came true badly."""
    registry = training.registry
    since = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=NIGHTS)
    releases = [
        ModelRelease(
            number=number,
            model=name,
            file=f"releases/{name}.tar.gz",
            digest=registry.keep(f"releases/{name}.tar.gz", artifacts[name]),
            released_at=utc_text(since),
            training="",
            reason="judged",
        )
        for number, name in enumerate(("first", "second"), 1)
    ]
    registry.put_releases(releases)
    training.in_use.location.write(training.in_use.name, artifacts["second"])
    registry.put(Training(training.month, TrainingState.REFUSED, utc_text(since)))
    for days in range(NIGHTS):
        put_verified_run(training.nights.store, since + timedelta(days=days), "second", mae=18.0)
