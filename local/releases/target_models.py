"""The models of a multi-model endpoint: files in a folder or S3 prefix, found by their names.

    pm25.tar.gz                        forecasts pm25, everywhere
    pm25.US.tar.gz                     forecasts pm25 for the stations of one country
    pm25.20261122T140510Z.tar.gz       replaced the first one at that time (UTC)

SageMaker keeps a loaded model under its name for as long as there is memory. If its file were
overwritten, some instances would still answer with the old model. So a name is written once: a
replacement gets a new name, and the API's routing table (`STATIONCAST_MODELS`) selects it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from pathlib import Path

from batch_jobs.observations.files import Location
from batch_jobs.transform import load_model
from forecasts.parameter import PARAMETERS, parameter
from local.errors import TargetModelError

_NAME = re.compile(
    r"(?P<parameter>[a-z][a-z0-9_]*)(\.(?P<country>[A-Z]{2}))?(\.(?P<since>\d{8}T\d{6}Z))?\.tar\.gz"
)


@dataclass(frozen=True, slots=True)
class TargetModel:
    """A model, as described by its file name.

    Attributes:
        parameter: Code of the only parameter it forecasts.
        country: ISO 3166-1 alpha-2 code of its country; "" for all.
        since: When it replaced an earlier one, e.g. `20261122T140510Z`; "" if it did not.
    """

    parameter: str
    country: str = ""
    since: str = ""

    @classmethod
    def of(cls, file: str) -> "TargetModel":
        """Read a file name.

        Raises:
            TargetModelError: It is not the name of such a model.
            UnknownParameterError: Its parameter is not in the catalogue.
        """
        found = _NAME.fullmatch(file)
        if found is None:
            raise TargetModelError(file, "a model is called pm25.tar.gz or pm25.US.tar.gz")
        code, country, since = found.group("parameter", "country", "since")
        return cls(parameter(code).code, country or "", since or "")

    @property
    def file(self) -> str:
        """Its file name, which is also the `TargetModel` of InvokeEndpoint."""
        return ".".join(filter(None, (self.parameter, self.country, self.since, "tar.gz")))

    @property
    def route(self) -> str:
        """Its route in the routing table: `pm25` or `pm25/US`."""
        return f"{self.parameter}/{self.country}" if self.country else self.parameter

    @property
    def order(self) -> tuple[int, str, str]:
        """Its sort key: parameter in catalogue order, then country, then time."""
        return list(PARAMETERS).index(self.parameter), self.country, self.since


@dataclass(frozen=True, slots=True)
class Listing:
    """The content of a folder of models.

    Attributes:
        models: The models, sorted by `TargetModel.order`.
        others: Names of files that are not models.
    """

    models: tuple[TargetModel, ...]
    others: tuple[str, ...]

    def newest(self) -> tuple[TargetModel, ...]:
        """Return the newest model of each route."""
        return tuple({model.route: model for model in self.models}.values())

    def routes(self) -> str:
        """Write the routing table for the newest models: the value of `STATIONCAST_MODELS`."""
        return ",".join(f"{model.route}={model.file}" for model in self.newest())


def list_models(location: Location) -> Listing:
    """List a folder of models.

    Raises:
        LocationError: There is no such location, or it cannot be listed.
    """
    names = [file.name for file in location.files()]
    models = [TargetModel.of(name) for name in names if _is_model(name)]
    others = [name for name in names if not _is_model(name)]
    return Listing(tuple(sorted(models, key=attrgetter("order"))), tuple(others))


def _is_model(name: str) -> bool:
    found = _NAME.fullmatch(name)
    return found is not None and found["parameter"] in PARAMETERS


def add_models(location: Location, artifacts: Sequence[Path]) -> list[TargetModel]:
    """Add models for new routes; either all of them or, if one is invalid, none.

    Args:
        location: The folder of models; it may be empty.
        artifacts: Files with the models' names, e.g. `pm25.US.tar.gz`.

    Raises:
        TargetModelError: A name is malformed, given twice or does not fit the model in its file, or
            a route has a model already.
        ArtifactError: A file is not an artifact.
        FileError: A file cannot be written.
    """
    models = [_checked(path) for path in artifacts]
    _refuse_twice(models)
    there = {model.route: model for model in list_models(location).newest()}
    for model in models:
        if model.route in there:
            reason = f"{model.route} has {there[model.route].file}; `models replace` replaces it"
            raise TargetModelError(model.file, reason)
    return _write(location, zip(models, artifacts, strict=True))


def replace_models(
    location: Location, artifacts: Sequence[Path], now: datetime
) -> list[TargetModel]:
    """Add replacements for models under new names; either all of them or none.

    Args:
        location: The folder of models.
        artifacts: Files named after their routes, e.g. `pm25.US.tar.gz`.
        now: Aware time of the replacement, which becomes part of the names.

    Raises:
        TargetModelError: A name is invalid, as in `add_models`, or a route has no model yet.
        ArtifactError: A file is not an artifact.
        FileError: A file cannot be written.
    """
    models = [_checked(path) for path in artifacts]
    _refuse_twice(models)
    there = {model.route for model in list_models(location).models}
    for model in models:
        if model.route not in there:
            reason = f"there is no model of {model.route} to replace; `models add` adds it"
            raise TargetModelError(model.file, reason)
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    renamed = [TargetModel(model.parameter, model.country, stamp) for model in models]
    return _write(location, zip(renamed, artifacts, strict=True))


def remove_model(location: Location, file: str) -> Listing:
    """Delete a model; return what is left.

    Raises:
        TargetModelError: There is no such model.
        FileError: It cannot be deleted.
    """
    listing = list_models(location)
    known = [model.file for model in listing.models]
    if file not in known:
        raise TargetModelError(file, f"is not there; there are {', '.join(known) or 'no models'}")
    location.delete(file)
    left = tuple(model for model in listing.models if model.file != file)
    return Listing(left, listing.others)


def _checked(path: Path) -> TargetModel:
    model = TargetModel.of(path.name)
    found = load_model(path).parameters
    if found != (model.parameter,):
        raise TargetModelError(
            path.name, f"forecasts {', '.join(found)}, not {model.parameter} alone"
        )
    return model


def _refuse_twice(models: Sequence[TargetModel]) -> None:
    routes = [model.route for model in models]
    for model in models:
        if routes.count(model.route) > 1:
            raise TargetModelError(model.file, f"more than one model of {model.route} is given")


def _write(location: Location, contents: Iterable[tuple[TargetModel, Path]]) -> list[TargetModel]:
    written = []
    for model, path in contents:
        if not location.write_new(model.file, path.read_bytes()):
            raise TargetModelError(model.file, "another process has just written it")
        written.append(model)
    return written
