"""The models of a multi-model endpoint: files below one folder or S3 prefix, found by their name.

    pm25.tar.gz                        forecasts pm25, everywhere
    pm25.US.tar.gz                     the same, for the stations of one country
    pm25.20261122T140510Z.tar.gz       put in the place of the first, at that time (UTC)

SageMaker keeps a model that it has loaded, under its name, for as long as there is room. A file
that is written over would go on answering as it was, on some instances and not on others. So a
name is written once: what replaces a model gets a name of its own, and the routing table of the
API (`STATIONCAST_MODELS`) says which one is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from batch_jobs.transform import load_model
from forecasts.parameter import PARAMETERS, parameter
from local.errors import TargetModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from batch_jobs.observations.files import Location

_NAME = re.compile(
    r"(?P<parameter>[a-z][a-z0-9_]*)(\.(?P<country>[A-Z]{2}))?(\.(?P<since>\d{8}T\d{6}Z))?\.tar\.gz"
)


@dataclass(frozen=True, slots=True)
class TargetModel:
    """A model as its file name describes it.

    Attributes:
        parameter: Code of the only parameter it forecasts.
        country: ISO 3166-1 alpha-2 code of the country it is for; "" for any.
        since: When it replaced the one before, `20261122T140510Z`; "" for the first.
    """

    parameter: str
    country: str = ""
    since: str = ""

    @classmethod
    def of(cls, file: str) -> TargetModel:
        """Read a file name.

        Raises:
            TargetModelError: It is not the name of such a model.
            UnknownParameterError: The catalogue does not hold its parameter.
        """
        found = _NAME.fullmatch(file)
        if found is None:
            raise TargetModelError(file, "a model is called pm25.tar.gz or pm25.US.tar.gz")
        code, country, since = found.group("parameter", "country", "since")
        return cls(parameter(code).code, country or "", since or "")

    @property
    def file(self) -> str:
        """Name of its file; `TargetModel` of a call to SageMaker."""
        return ".".join(filter(None, (self.parameter, self.country, self.since, "tar.gz")))

    @property
    def route(self) -> str:
        """What it is asked for, as the routing table says it: `pm25` or `pm25/US`."""
        return f"{self.parameter}/{self.country}" if self.country else self.parameter

    @property
    def order(self) -> tuple[int, str, str]:
        """Parameters as in the catalogue, then countries, then the newest last."""
        return list(PARAMETERS).index(self.parameter), self.country, self.since


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder of models.

    Attributes:
        models: In order, see `TargetModel.order`.
        others: Names of files that are none.
    """

    models: tuple[TargetModel, ...]
    others: tuple[str, ...]

    def newest(self) -> tuple[TargetModel, ...]:
        """Return the models that replaced all others of their route."""
        return tuple({model.route: model for model in self.models}.values())

    def routes(self) -> str:
        """Write the routing table that asks the newest: the value of `STATIONCAST_MODELS`."""
        return ",".join(f"{model.route}={model.file}" for model in self.newest())


def list_models(location: Location) -> Listing:
    """List a folder of models.

    Raises:
        LocationError: There is no such place, or it cannot be listed.
    """
    names = [file.name for file in location.files()]
    models = [TargetModel.of(name) for name in names if _is_model(name)]
    others = [name for name in names if not _is_model(name)]
    return Listing(tuple(sorted(models, key=attrgetter("order"))), tuple(others))


def _is_model(name: str) -> bool:
    found = _NAME.fullmatch(name)
    return found is not None and found["parameter"] in PARAMETERS


def add_models(location: Location, artifacts: Sequence[Path]) -> list[TargetModel]:
    """Put models where none of their route is yet; all of them or, where one is wrong, none.

    Args:
        location: The folder of models; it may be empty.
        artifacts: Files that are named as they are to be, `pm25.US.tar.gz`.

    Raises:
        TargetModelError: A name that is none, that is given twice or does not fit the model in the
            file, or a route that has a model.
        ArtifactError: A file is no artifact.
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
    """Put models, under new names, beside those that they replace; all of them or none.

    Args:
        location: The folder of models.
        artifacts: Files that are named by their route, `pm25.US.tar.gz`.
        now: Aware time of the replacement; becomes part of the names.

    Raises:
        TargetModelError: As `add_models`; a route has no model yet.
        ArtifactError: A file is no artifact.
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
    """Take a model away; return what is left.

    Raises:
        TargetModelError: It is not there.
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
