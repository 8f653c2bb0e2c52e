"""A workload: the stations, their requests by hour, and the resources of a request.

It is a TOML file with fields of `Workload`, all of which have defaults:

    stations = 11000
    lookups = 100000                      # a day, spread over a typical daily curve
    contexts = [10, 8, 6, …]              # or 24 numbers: requests in each hour of the day, in UTC
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from local.cost.instances import instance_of
from local.errors import CostError

HOURS = 24
_SECONDS = 3600

#: The default share of a day's requests in each hour: few at night, peaks in the morning and in the
#: evening. It is invented, and only matters to the ways that scale.
DAY = tuple(
    share / 100
    for share in (
        *(1.2, 0.9, 0.7, 0.7, 1.0, 2.0, 4.0, 6.5, 7.0, 6.0, 5.3, 5.0),
        *(5.2, 5.0, 4.8, 4.8, 5.2, 6.2, 7.0, 6.5, 5.5, 4.2, 3.2, 2.1),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A workload.

    Attributes:
        stations: The number of stations.
        parameters: Parameters of each station.
        runs: Runs a day; 1 is once a night.
        days: Days of a month. The default gives 720 hours; 30.4167 gives 730, a twelfth of a year,
            as AWS's own calculator has.
        lookups: Lookups in each hour of the day, in UTC.
        contexts: Context requests in each hour, which only a model can answer.
        burst: Requests in the busiest minute of an hour, divided by those in its mean minute.
        context_ms: Milliseconds that a worker needs for a request to the model.
        api_ms: Billed milliseconds of the API's function for a request; a model's time is extra.
        api_gb: Memory of the API's function.
        request_bytes: Size of a request to the model.
        response_bytes: Size of the model's response.
        endpoint_instance: Type of an endpoint's instances.
        min_instances: The smallest number of instances.
        utilisation: Share of the busiest minute during which workers are busy.
        variants: Production variants, each on its own instances.
        serverless_gb: Memory of a serverless endpoint.
        lambda_gb: Memory of a function that runs the model; 1.769 GB give one vCPU.
        async_idle_minutes: How long an asynchronous endpoint stays up after its last request.
        models: Models of a multi-model endpoint; 0 for one for each parameter.
        model_mb: Memory of each of these models.
        transform_instance: Type of the nightly job's instance.
        transform_minutes: Billed minutes of that job.
        trainings: Trainings of new models a month; 0 if the stack does not renew its model.
        candidates: Models of a training, one of which is chosen.
        training_instance: Type of the instance that trains one.
        spot_share: What a spot instance costs of the price on demand; 1 for no spot instances.
        feeds: Feeds that fetch observations every hour.
        feed_seconds: Billed seconds of a fetch.
    """

    stations: int = 11_000
    parameters: int = 7
    runs: float = 1.0
    days: float = 30.0
    lookups: tuple[float, ...] = tuple(100_000 * share for share in DAY)
    contexts: tuple[float, ...] = tuple(2_000 * share for share in DAY)
    burst: float = 2.0
    context_ms: float = 20.0
    api_ms: float = 10.0
    api_gb: float = 1.0
    request_bytes: float = 20_000.0
    response_bytes: float = 6_000.0
    endpoint_instance: str = "ml.m5.large"
    min_instances: int = 1
    utilisation: float = 0.6
    variants: int = 1
    serverless_gb: int = 2
    lambda_gb: float = 1.769
    async_idle_minutes: float = 10.0
    models: int = 0
    model_mb: float = 50.0
    transform_instance: str = "ml.m5.xlarge"
    transform_minutes: float = 6.0
    trainings: float = 0.0
    candidates: int = 3
    training_instance: str = "ml.m5.2xlarge"
    spot_share: float = 0.5
    feeds: int = 0
    feed_seconds: float = 110.0

    def __post_init__(self) -> None:
        """Check all fields.

        Raises:
            CostError: A field is invalid; names it.
        """
        for field in fields(self):
            _check(field.name, getattr(self, field.name))
        for name in ("utilisation", "spot_share"):
            if getattr(self, name) > 1:
                raise CostError(f"{name} {getattr(self, name):g} is above 1")

    @property
    def nights(self) -> float:
        """Runs a month."""
        return self.runs * self.days

    @property
    def hours(self) -> float:
        """Hours of a month."""
        return self.days * HOURS

    @property
    def model_count(self) -> int:
        """The number of separate models."""
        return self.models or self.parameters


#: Fields that may be 0; all other numbers have to be greater.
_MAY_BE_ZERO = {"runs", "models", "trainings", "feeds"}


def _check(name: str, value: object) -> None:
    """Raise `CostError` if *value* is invalid for the field *name*."""
    match value:
        case str():
            instance_of(value)
        case tuple():
            _check_hours(name, value)
        case bool():
            raise CostError(f"{name} {value!r} is not a number")
        case int() | float():
            if not (0 < value < math.inf or (value == 0 and name in _MAY_BE_ZERO)):
                raise CostError(f"{name} {value!r} is not a number in the allowed range")
        case _:
            raise CostError(f"{name} {value!r} is not a number")


def _check_hours(name: str, values: Sequence[object]) -> None:
    if len(values) != HOURS:
        raise CostError(f"{name}: there are {len(values)} hours, and a day has {HOURS}")
    for hour, value in enumerate(values):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 <= value < math.inf:  # type: ignore[operator]  # a number
            raise CostError(f"{name}, hour {hour}: {value!r} is not a number from 0 up")


def workload_of(given: Mapping[str, Any], where: str) -> Workload:
    """Return the default workload with some fields changed.

    Args:
        given: Fields by name; `lookups` and `contexts` as a number a day, or as 24 numbers.
        where: The source of these fields, for errors.

    Raises:
        CostError: A field is unknown or invalid; names it.
    """
    kinds = {field.name: type(field.default) for field in fields(Workload)}
    for name, value in given.items():
        if name not in kinds:
            raise CostError(f"{where}: unknown field {name!r}; known fields: {', '.join(kinds)}")
        if (kinds[name] is str) != isinstance(value, str):
            raise CostError(f"{where}: {name} {value!r} is not {_KINDS[kinds[name] is str]}")
        if kinds[name] is int and isinstance(value, float):
            raise CostError(f"{where}: {name} {value!r} is not a whole number")
    try:
        return Workload(**{name: _hours_of(name, value) for name, value in given.items()})
    except CostError as error:
        raise CostError(f"{where}: {error}") from error


_KINDS = {True: "an instance type", False: "a number"}


def _hours_of(name: str, value: Any) -> Any:
    if name not in {"lookups", "contexts"}:
        return value
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, bool) or not 0 <= value < math.inf:
        raise CostError(f"{name} {value!r} is not a number from 0 up")
    return tuple(value * share for share in DAY)


def read_workload(path: Path | None, given: Mapping[str, Any]) -> Workload:
    """Read a workload.

    Args:
        path: A TOML file; None for the default workload.
        given: Fields that override those of the file.

    Raises:
        CostError: The file is not TOML, or a field is invalid; names the file and the field.
        OSError: There is no such file.
    """
    if path is None:
        return workload_of(given, "workload")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # not TOML, or not UTF-8
        raise CostError(f"{path}: {error}") from error
    return workload_of({**content, **given}, str(path))


def per_second(hourly: float) -> float:
    """Convert requests an hour into requests a second."""
    return hourly / _SECONDS
