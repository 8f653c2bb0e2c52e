"""Ways of hosting: what each uses in a month, and when it is not possible.

The same API is in front of all of them. Transfer to the internet and the costs of an idle stack
(snapshot, dashboard, alarms, key: docs/operations.md) are the same for all and left out.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from local.cost.bill import Ledger, amount
from local.cost.limits import (
    async_refused,
    instances_refused,
    lambda_refused,
    multi_model_refused,
    serverless_refused,
    transform_refused,
)
from local.cost.load import Load

PRECOMPUTED = "batch transform, table, API"
ALWAYS_ON = "endpoint, always on"
SCALED = "endpoint, scaled"
SERVERLESS = "serverless endpoint"
ASYNC = "asynchronous endpoint"
IN_LAMBDA = "in a Lambda function"
MULTI_MODEL = "multi-model endpoint"
EACH_MODEL = "an endpoint for each model"

#: Bytes of a run for each station and parameter, then KB and GB-seconds of a run for each station;
#: measured with 11,000 stations and 7 parameters (docs/benchmarks.md, docs/operations.md).
_FORECAST_BYTES, _HISTORY_BYTES = 180, 140
_FILE_KB, _FUNCTION_GB_S = 8.4, 0.1
#: State transitions of a run, and of each part of it.
_TRANSITIONS, _TRANSITIONS_OF_PART, _STATIONS_OF_PART = 18, 12, 1000
#: Days that the table keeps a run; days that the bucket keeps its files, old versions included.
_TABLE_DAYS, _FILE_DAYS = 30, 60
_WRITE_UNIT = 1024
#: Bytes that DynamoDB adds to each item when it charges for storage.
_ITEM_OVERHEAD = 100
#: One item up to 4 KB, read eventually consistently.
_READ_UNITS = 0.5
#: An instance's own volume. SageMaker chooses its size by type; the sizes are not documented.
_VOLUME_GB = 30
_ALARMS = 2
_MS = 1000
_KB_PER_GB = 1e6
_BYTES_PER_GB = 1e9


class Way(NamedTuple):
    """A way of hosting.

    Attributes:
        name: Its name in tables and plots.
        refused: Returns why it is not possible for a load; "" if it is.
        write: Writes what it uses into a ledger.
        caveat: What it lacks compared with the others; "" for nothing.
    """

    name: str
    refused: Callable[[Load], str]
    write: Callable[[Load, Ledger], None]
    caveat: str = ""


def _precomputed(load: Load, ledger: Ledger) -> None:
    workload = load.workload
    nights = workload.nights
    job_hours = nights * workload.transform_minutes / 60
    why = f"{amount(nights)} runs x {workload.transform_minutes:g} min"
    ledger.add("transform", f"transform/{workload.transform_instance}", job_hours, why)
    _table(load, ledger, {"forecasts": _FORECAST_BYTES, "histories": _HISTORY_BYTES})
    stored = workload.stations * workload.runs
    files_gb = stored * _FILE_DAYS * _FILE_KB / _KB_PER_GB
    ledger.add("files of runs", "s3/storage", files_gb, f"{_FILE_DAYS} days")
    seconds = workload.stations * nights * _FUNCTION_GB_S
    ledger.add("functions of runs", "lambda/duration", seconds)
    parts = math.ceil(workload.stations / _STATIONS_OF_PART)
    transitions = nights * (_TRANSITIONS + _TRANSITIONS_OF_PART * parts)
    ledger.add("state machine", "states/transitions", transitions)
    ledger.add("schedule", "scheduler/invocations", nights)
    _api(load, ledger, 0)


def _table(load: Load, ledger: Ledger, items: Mapping[str, int]) -> None:
    """Write what the table costs; *items* are bytes for each parameter of a station in a run."""
    workload = load.workload
    sizes = [workload.parameters * each for each in items.values()]
    units = sum(math.ceil(size / _WRITE_UNIT) for size in sizes)
    why = f"{workload.stations:,} stations x {units} x {amount(workload.nights)} runs"
    writes = workload.stations * units * workload.nights
    ledger.add(f"table: {' and '.join(items)}", "table/writes", writes, why)
    item_bytes = sum(sizes) + len(sizes) * _ITEM_OVERHEAD
    stored = workload.stations * workload.runs * _TABLE_DAYS * item_bytes / _BYTES_PER_GB
    ledger.add("table: storage", "table/storage", stored, f"{_TABLE_DAYS} days")
    ledger.add("table: recovery", "table/recovery", stored)


def _api(load: Load, ledger: Ledger, waits: float) -> None:
    """Write what the API costs; *waits* are the seconds that its function waits for a model."""
    workload = load.workload
    ledger.add("API", "api/requests", load.requests)
    ledger.add("API's function: requests", "lambda/requests", load.requests)
    seconds = workload.api_ms / _MS + waits
    why = f"{amount(load.requests)} x {seconds * _MS:g} ms x {workload.api_gb:g} GB"
    used = load.requests * seconds * workload.api_gb
    ledger.add("API's function: time", "lambda/duration", used, why)
    # The forecast, or the history that goes to the model.
    ledger.add("table: reads", "table/reads", load.requests * _READ_UNITS)


def _endpoint(load: Load, ledger: Ledger, hours: float, why: str) -> None:
    """Write an endpoint on instances: *hours* of them in a month, of each variant."""
    workload = load.workload
    variants = workload.variants
    why = f"{variants} variants x {why}" if variants > 1 else why
    ledger.add("instances", f"hosting/{workload.endpoint_instance}", hours * variants, why)
    volumes = hours / workload.hours * _VOLUME_GB * variants
    ledger.add("their volumes", "endpoint/storage", volumes)
    ledger.add("data of the endpoint", "endpoint/data", load.data_gb)
    _api(load, ledger, load.seconds)


def _always_on(load: Load, ledger: Ledger) -> None:
    _endpoint(load, ledger, *_all_day(load, load.always))


def _scaled(load: Load, ledger: Ledger) -> None:
    workload = load.workload
    counts = [load.needed(hourly) for hourly in load.hourly]
    why = f"{min(counts)} to {max(counts)} by the hour"
    _endpoint(load, ledger, load.scaled_hours * workload.days, why)
    ledger.add("alarms that scale", "alarms", _ALARMS * workload.variants)


def _multi_model(load: Load, ledger: Ledger) -> None:
    _endpoint(load, ledger, *_all_day(load, max(load.always, load.resident)))


def _each_model(load: Load, ledger: Ledger) -> None:
    count = load.workload.model_count
    hours, why = _all_day(load, max(load.always, count * load.workload.min_instances))
    _endpoint(load, ledger, hours, f"{count} models: {why}")


def _all_day(load: Load, instances: int) -> tuple[float, str]:
    hours = load.workload.hours
    return instances * hours, f"{instances} x {amount(hours)} h"


def _serverless(load: Load, ledger: Ledger) -> None:
    workload = load.workload
    why = f"{amount(load.requests)} x {workload.context_ms:g} ms"
    key = f"serverless/{workload.serverless_gb}GB"
    ledger.add("time of the endpoint", key, load.requests * load.seconds, why)
    ledger.add("data of the endpoint", "endpoint/data", load.data_gb)
    _api(load, ledger, load.seconds)


def _async(load: Load, ledger: Ledger) -> None:
    workload = load.workload
    hours = load.awake_hours * workload.days * workload.variants
    why = f"up for {workload.async_idle_minutes:g} min after a request"
    ledger.add("instances", f"hosting/{workload.endpoint_instance}", hours, why)
    ledger.add("data of the endpoint", "async/data", load.data_gb)
    # The caller puts the request and gets the response; the endpoint does the opposite.
    ledger.add("objects put", "s3/puts", load.requests * 2)
    ledger.add("objects got", "s3/gets", load.requests * 2)
    _api(load, ledger, 0)


def _in_lambda(load: Load, ledger: Ledger) -> None:
    workload = load.workload
    ledger.add("model's function: requests", "lambda/requests", load.requests)
    why = f"{amount(load.requests)} x {workload.context_ms:g} ms x {workload.lambda_gb:g} GB"
    used = load.requests * load.seconds * workload.lambda_gb
    ledger.add("model's function: time", "lambda/duration", used, why)
    _api(load, ledger, load.seconds)


#: The ways of answering with a model.
MODEL_WAYS = (
    Way(ALWAYS_ON, instances_refused, _always_on),
    Way(SCALED, instances_refused, _scaled),
    Way(SERVERLESS, serverless_refused, _serverless),
    Way(IN_LAMBDA, lambda_refused, _in_lambda),
    Way(
        ASYNC,
        async_refused,
        _async,
        "answers arrive in S3 minutes later, too late for a request",
    ),
    Way(MULTI_MODEL, multi_model_refused, _multi_model),
    Way(EACH_MODEL, instances_refused, _each_model),
)


def _with_histories(write: Callable[[Load, Ledger], None]) -> Callable[[Load, Ledger], None]:
    """Add the table of histories that a model needs; precomputed forecasts include it."""

    def written(load: Load, ledger: Ledger) -> None:
        write(load, ledger)
        _table(load, ledger, {"histories": _HISTORY_BYTES})

    return written


#: The ways of answering lookups: from precomputed forecasts, or with a model for each request.
LOOKUP_WAYS = (
    Way(PRECOMPUTED, transform_refused, _precomputed),
    *(way._replace(write=_with_histories(way.write)) for way in MODEL_WAYS),
)
