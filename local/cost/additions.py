"""Parts of the stack that are off by default, and cost the same for every way of hosting.

**Training** renews the model: a job on EMR Serverless brings the training set up to date, and each
candidate is trained by a job on a spot instance. **Feeds** fetch observations every hour.
"""

import math

from local.cost.bill import Bill, Ledger, amount
from local.cost.prices import Prices
from local.cost.workload import Workload

TRAINING, FEEDS = "training", "feeds"

#: Processor seconds of a candidate for each parameter, on a set of 11,000 stations and a year
#: (docs/training.md). The job is charged as if they came one after the other, on one processor.
_PARAMETER_SECONDS = 125
#: Before a job begins to train: the instance, the image, the set. Assumed.
_START_MINUTES = 5
_VOLUME_GB = 30

#: A file of a station and day: what reading it takes (`python -m bench.training_sets`: 21.6 s for
#: 109,500), and the wait for S3, assumed to be 50 ms, which eight threads of a task share.
_FILE_SECONDS = 21.6 / 109_500 + 0.05 / 8
#: Stations of a group, which is one task and has a vCPU. Executors and driver are those of
#: `template.yaml`; they start, and unpack their environment, in minutes that are assumed.
_STATIONS_OF_GROUP = 2_500
_MOST_EXECUTORS, _WORKER_VCPUS, _WORKER_GB = 7, 2, 6
_SPARK_START_MINUTES = 5

#: Bytes of an hour in a set (Beijing's 4.56 million hours have 8.0 MB); hours of the set's year.
_HOUR_BYTES, _YEAR_HOURS, _YEAR_MONTHS = 1.8, 8760, 12
#: Countries: a group has a file for each parameter and country.
_COUNTRIES = 100
#: Artifacts of a year and the environment of Spark's workers.
_ARTIFACT_GB, _ENVIRONMENT_GB = 0.02, 0.3
#: Objects of a listing.
_LISTED = 1000

#: State transitions of a day without training, of a training, and of each of its candidates.
_DAY_TRANSITIONS, _TRAINING_TRANSITIONS, _CANDIDATE_TRANSITIONS = 5, 14, 3
#: GB-seconds of functions: PlanTraining each day; judging and releasing, which read artifacts.
_DAY_GB_S, _TRAINING_GB_S = 5.0, 200.0

#: Memory of a feed's function, and S3 requests of a fetch that write or list, and that read
#: (docs/operations.md).
_FEED_GB, _FEED_PUTS, _FEED_GETS = 1.769, 5, 20
#: Alarms and custom metrics of a feed.
_FEED_ALARMS, _FEED_METRICS = 1, 3


def additions(workload: Workload, prices: Prices, *, free_tier: bool = False) -> tuple[Bill, ...]:
    """Return a bill for each of these parts that is on.

    Args:
        workload: The stations, and how often models are trained and observations are fetched.
        prices: The list of prices.
        free_tier: Whether each bill may use all of the monthly allowances.
    """
    bills = []
    for name, write in ((TRAINING, _training), (FEEDS, _feeds)):
        ledger = Ledger(prices, free_tier=free_tier)
        write(workload, ledger)
        bills.append(Bill(name, tuple(ledger.lines)))
    return tuple(bill for bill in bills if bill.lines)


def _training(workload: Workload, ledger: Ledger) -> None:
    if not workload.trainings:
        return
    _spark(workload, ledger)
    _jobs(workload, ledger)
    _bucket(workload, ledger)
    daily, jobs = workload.days, workload.trainings * workload.candidates
    transitions = daily * _DAY_TRANSITIONS + workload.trainings * _TRAINING_TRANSITIONS
    ledger.add("state machine", "states/transitions", transitions + jobs * _CANDIDATE_TRANSITIONS)
    ledger.add("functions: requests", "lambda/requests", daily + 3 * workload.trainings)
    seconds = daily * _DAY_GB_S + workload.trainings * _TRAINING_GB_S
    ledger.add("functions: time", "lambda/duration", seconds)
    ledger.add("schedule", "scheduler/invocations", daily)
    ledger.add("alerts", "alerts/email", workload.trainings)
    ledger.add("alarm", "alarms", 1)


def _spark(workload: Workload, ledger: Ledger) -> None:
    """Write the job that brings the set up to date: it reads the files of a month."""
    groups = _groups(workload)
    executors = min(math.ceil(groups / _WORKER_VCPUS), _MOST_EXECUTORS)
    one_after_other = math.ceil(groups / (executors * _WORKER_VCPUS))
    seconds = one_after_other * _files(workload) / groups * _FILE_SECONDS
    minutes = workload.trainings * (_SPARK_START_MINUTES + seconds / 60)
    workers = (1 + executors) * minutes / 60
    why = f"{1 + executors} workers x {amount(minutes)} min x"
    ledger.add("training set: vCPUs", "emr/vcpu", workers * _WORKER_VCPUS, f"{why} {_WORKER_VCPUS}")
    ledger.add("training set: memory", "emr/memory", workers * _WORKER_GB, f"{why} {_WORKER_GB} GB")


def _jobs(workload: Workload, ledger: Ledger) -> None:
    """Write the jobs that train; a spot instance is charged for a share of its time."""
    minutes = _START_MINUTES + workload.parameters * _PARAMETER_SECONDS / 60
    jobs = workload.trainings * workload.candidates
    hours = jobs * minutes / 60
    why = f"{amount(jobs)} candidates x {amount(minutes)} min x {workload.spot_share:g} (spot)"
    key = f"training/{workload.training_instance}"
    ledger.add("training jobs", key, hours * workload.spot_share, why)
    volumes = hours / workload.hours * _VOLUME_GB
    ledger.add("their volumes", "endpoint/storage", volumes)


def _bucket(workload: Workload, ledger: Ledger) -> None:
    """Write the set of a year in the bucket, its requests, and the models of a year."""
    month = _groups(workload) * workload.parameters * _COUNTRIES
    listed = _YEAR_MONTHS * (month + _files(workload)) / _LISTED
    puts = workload.trainings * (month + listed)
    ledger.add("set: files written, listings", "s3/puts", puts)
    jobs = workload.trainings * workload.candidates
    gets = workload.trainings * _files(workload)
    why = f"{amount(gets)} observations, {amount(jobs * _YEAR_MONTHS * month)} of the set"
    ledger.add("set: files read", "s3/gets", gets + jobs * _YEAR_MONTHS * month, why)
    hours = workload.stations * workload.parameters * _YEAR_HOURS
    artifacts = _YEAR_MONTHS * (jobs + workload.trainings) * _ARTIFACT_GB
    stored = hours * _HOUR_BYTES / 1e9 + artifacts + _ENVIRONMENT_GB
    ledger.add("set, models, environment: storage", "s3/storage", stored)


def _groups(workload: Workload) -> int:
    """Return the groups of a month, each of which is a task of Spark."""
    return math.ceil(workload.stations / _STATIONS_OF_GROUP)


def _files(workload: Workload) -> float:
    """Return the files of a month, if each station has one for each day: the most there can be."""
    return workload.stations * workload.days


def _feeds(workload: Workload, ledger: Ledger) -> None:
    feeds = workload.feeds
    fetches = feeds * workload.hours
    ledger.add("functions: requests", "lambda/requests", fetches)
    why = f"{amount(fetches)} x {workload.feed_seconds:g} s x {_FEED_GB:g} GB"
    used = fetches * workload.feed_seconds * _FEED_GB
    ledger.add("functions: time", "lambda/duration", used, why)
    ledger.add("files written, listings", "s3/puts", fetches * _FEED_PUTS)
    ledger.add("files read", "s3/gets", fetches * _FEED_GETS)
    ledger.add("schedules", "scheduler/invocations", fetches)
    ledger.add("alarms", "alarms", feeds * _FEED_ALARMS)
    ledger.add("metrics", "metrics", feeds * _FEED_METRICS)
