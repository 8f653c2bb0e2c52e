"""The errors of the API; `api.problem_types` has the HTTP problem for each.

ApiError
├── SettingsError
├── UnknownQueryError
├── InvalidError
│   ├── InvalidEDRError
│   └── TooMuchAskedError
├── CollectionNotFoundError
├── StationNotFoundError
├── OtherCaseError
├── DamagedForecastError
├── MapNotFoundError
├── DownloadNotFoundError
├── DownloadExpiredError
├── UnsatisfiableRangeError
├── NoPublishedRunError
├── BodyError
├── RealtimeUnavailableError
└── EndpointError
    ├── EndpointDownError
    ├── ModelUnavailableError
    └── BadAnswerError
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Literal, NamedTuple


class ApiError(Exception):
    """The base of every error of this package."""


class SettingsError(ApiError):
    """A setting is missing or malformed, so the process must not start."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"{name} {reason}")


class UnknownQueryError(ApiError):
    """A query parameter that the endpoint does not have."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.suggestions = nearest(name, known)
        takes = f"this address takes {', '.join(known)}" if known else "this address takes none"
        super().__init__(f"unknown query parameter {name[:80]!r}; {takes}")


class Refusal(NamedTuple):
    """A value of a request that is not acceptable.

    Attributes:
        place: Where the value is.
        name: Name of the parameter, header or field.
        reason: What is wrong with the value.
    """

    place: Literal["query", "header", "body"]
    name: str
    reason: str


class InvalidError(ApiError):
    """Values of a request are not acceptable."""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = refusals
        super().__init__("; ".join(f"{name}: {reason}" for _, name, reason in refusals))


class InvalidEDRError(InvalidError):
    """Values of a request of OGC API EDR are not acceptable; the standard has a status for it."""


class TooMuchAskedError(InvalidError):
    """A request is about more stations than one answer has."""


class CollectionNotFoundError(ApiError):
    """There is no such collection of OGC API EDR."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.suggestions = nearest(name, known) or list(known)
        super().__init__(f"no collection {name[:80]!r}; there are {', '.join(known)}")


class StationNotFoundError(ApiError):
    """The run has no station of that id."""

    def __init__(self, station_id: str, run_id: str, suggestions: Sequence[str] = ()) -> None:
        self.station_id = station_id
        self.suggestions = list(suggestions)
        super().__init__(f"no station {station_id[:80]!r} in run {run_id}")


class OtherCaseError(ApiError):
    """The run has the station, under an id in other upper and lower case."""

    def __init__(self, station_id: str) -> None:
        self.station_id = station_id
        super().__init__(f"the id of the station is {station_id!r}")


class DamagedForecastError(ApiError):
    """The stored forecast of a station is damaged."""

    def __init__(self, station_id: str, run_id: str) -> None:
        super().__init__(
            f"the stored forecast of station {station_id!r} in run {run_id} is damaged"
        )


class MapNotFoundError(ApiError):
    """The run has no map of a parameter."""

    def __init__(self, parameter: str, run_id: str, known: Sequence[str]) -> None:
        self.parameter = parameter
        self.suggestions = list(known)
        why = "it does not forecast that" if known else "it was made before there were maps"
        super().__init__(f"no map of {parameter!r} in run {run_id}: {why}")


class DownloadNotFoundError(ApiError):
    """The run has no such file."""

    def __init__(self, run_id: str, kind: str) -> None:
        super().__init__(f"run {run_id} has no file of {kind}")


class DownloadExpiredError(ApiError):
    """The files of the run were deleted with its forecasts."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"the forecasts of run {run_id} have expired, and its files with them")


class UnsatisfiableRangeError(ApiError):
    """A range of bytes that begins after the end of the file."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"the file has {size} bytes, and the range begins after them")


class NoPublishedRunError(ApiError):
    """No run has been published yet."""

    def __init__(self) -> None:
        super().__init__("no run is published yet; the first one follows the first nightly run")


class BodyError(ApiError):
    """The body of a request is not a JSON object."""


class RealtimeUnavailableError(ApiError):
    """There is no real-time answer, and no nightly forecast can replace it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the real-time model could not be asked: {reason}")


class EndpointError(ApiError):
    """The endpoint gave no usable answer; degraded answers name the `reason`."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class EndpointDownError(EndpointError):
    """The endpoint is slow, broken or out of reach: the circuit breaker counts these."""


class ModelUnavailableError(EndpointError):
    """The endpoint works, but does not have this model, or not yet."""


class BadAnswerError(EndpointError):
    """A malformed answer, or an answer to a different request."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_answer", message)


def nearest(text: str, known: Iterable[str]) -> list[str]:
    """Return the word of *known* that *text* was probably meant to be, or nothing."""
    return get_close_matches(text[:80].lower(), list(known), n=1, cutoff=0.5)
