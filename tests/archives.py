"""Archives of the demo's observations, to train small models on."""

from batch_jobs.observations.read import read_observations
from local.training.training import archive_of
from tests.factories import ISSUE_TIME

TEN_WEEKS = 1680


def demo_archive(observations, codes, hours=TEN_WEEKS):
    """Return the last hours of some parameters, in that order, up to the issue time."""
    read = read_observations(str(observations), end=ISSUE_TIME, hours=hours, parameters=codes)
    return archive_of(read).select(codes)
