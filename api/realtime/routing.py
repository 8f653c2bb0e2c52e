"""Which model answers a request: the routing table of target models, and the split of callers.

Both are configuration: models are added and shares are changed without touching code.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate

from api.errors import SettingsError
from forecasts.parameter import PARAMETERS

_SCOPE = re.compile(r"([a-z0-9_]+)(?:/([A-Z]{2}))?")
#: What SageMaker accepts as a target model, except path separators.
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
#: What SageMaker accepts as the name of a production variant.
_VARIANT = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True, slots=True)
class ModelRoutes:
    """The routing table of a multi-model endpoint.

    Attributes:
        models: Destination model by parameter code and country; country "" for the others.
    """

    models: Mapping[tuple[str, str], str]

    def model_of(self, parameter: str, country: str) -> str | None:
        """Return the target model that forecasts *parameter* in *country*; the most specific wins.

        >>> routes = read_routes("pm25=pm25.tar.gz,pm25/US=pm25.US.tar.gz")
        >>> routes.model_of("pm25", "US"), routes.model_of("pm25", "DE"), routes.model_of("o3", "")
        ('pm25.US.tar.gz', 'pm25.tar.gz', None)
        """
        return self.models.get((parameter, country)) or self.models.get((parameter, ""))


@dataclass(frozen=True, slots=True)
class CallerSplit:
    """The configured production variants, and how callers are split among them.

    Attributes:
        weights: Relative weight by name of the variant.
    """

    weights: Mapping[str, float]

    def variant_of(self, client_id: str) -> str:
        """Return the variant of a caller: the same one for as long as the split is unchanged.

        The caller's id is hashed to a point between 0 and 1, and each variant owns an interval as
        long as its share. If the shares change, only callers at the moved borders change variant.
        """
        hashed = blake2b(client_id.encode(), digest_size=6).digest()
        point = int.from_bytes(hashed) / 2**48 * sum(self.weights.values())
        ends = accumulate(self.weights.values())
        intervals = zip(self.weights, ends, strict=True)
        return next(name for name, end in intervals if point < end)


def read_routes(text: str) -> ModelRoutes:
    """Read a routing table: `pm25=pm25.tar.gz,pm25/US=pm25.US.tar.gz,o3=o3.tar.gz`.

    Raises:
        SettingsError: It is malformed, names an unknown parameter, or has an entry twice.
    """
    models: dict[tuple[str, str], str] = {}
    for scope, model in _pairs("STATIONCAST_MODELS", text):
        found = _SCOPE.fullmatch(scope)
        if not found or found[1] not in PARAMETERS:
            raise SettingsError("STATIONCAST_MODELS", f"has an unknown parameter: {scope!r}")
        if not _MODEL.fullmatch(model):
            raise SettingsError("STATIONCAST_MODELS", f"has a malformed model name: {model!r}")
        models[found[1], found[2] or ""] = model
    return ModelRoutes(models)


def read_split(text: str) -> CallerSplit:
    """Read a split: `depth5=95,depth10=5`.

    Raises:
        SettingsError: It is malformed, has a variant twice, or has no weight above 0.
    """
    weights: dict[str, float] = {}
    for name, weight in _pairs("STATIONCAST_VARIANTS", text):
        if not _VARIANT.fullmatch(name):
            raise SettingsError("STATIONCAST_VARIANTS", f"has a malformed variant name: {name!r}")
        weights[name] = _weight(name, weight)
    if not sum(weights.values()):
        raise SettingsError("STATIONCAST_VARIANTS", "has no weight above 0")
    return CallerSplit(weights)


def _weight(name: str, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= 1e9:  # noqa: PLR2004 -- any finite number will do
        raise SettingsError(
            "STATIONCAST_VARIANTS", f"has a weight of {name} that is not a number from 0: {text!r}"
        )
    return weight


def _pairs(setting: str, text: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for pair in text.split(","):
        name, equals, value = pair.strip().partition("=")
        if not equals:
            raise SettingsError(setting, f"is malformed at {pair!r}; write name=value,name=value")
        if name in seen:
            raise SettingsError(setting, f"has {name!r} twice")
        seen.add(name)
        yield name, value
