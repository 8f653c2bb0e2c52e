"""The one table that turns errors into HTTP problems: ours, and those of `forecasts`.

The message of an error that only an operator understands goes to the log, never into an answer.
"""

from dataclasses import dataclass

from starlette.exceptions import HTTPException

from api.errors import (
    BodyError,
    CollectionNotFoundError,
    DamagedForecastError,
    DownloadExpiredError,
    DownloadNotFoundError,
    InvalidEDRError,
    InvalidError,
    MapNotFoundError,
    NoPublishedRunError,
    RealtimeUnavailableError,
    StationNotFoundError,
    TooMuchAskedError,
    UnknownQueryError,
    UnsatisfiableRangeError,
)
from forecasts.errors import DamagedItemError, FormatError, StoreError
from forecasts.missing import NoMissingListError
from forecasts.runs import UnknownRunError


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of failed request.

    Attributes:
        name: Last part of its address, `/problems/<name>`.
        status: HTTP status.
        title: Name of the kind, for people.
        explanation: What it means and what to do about it, for `/problems/<name>`.
        retry_after_seconds: When to try again; None if trying again does not help.
        detail: Replaces the message of the error, if that is not for the reader; None shows it.
    """

    name: str
    status: int
    title: str
    explanation: str
    retry_after_seconds: int | None = None
    detail: str | None = None


UNKNOWN_PARAMETER = ProblemType(
    "unknown-parameter",
    400,
    "Unknown query parameter",
    "The request has a query parameter that this address does not take. `suggestions` names the "
    "most similar one that it takes; `/openapi.json` lists all.",
)
INVALID_PARAMETER = ProblemType(
    "invalid-parameter",
    422,
    "Invalid parameter",
    "The value of a parameter is not acceptable. `errors` lists each such value with the reason.",
    detail="one or more parameters are not acceptable; see errors",
)
INVALID_EDR_QUERY = ProblemType(
    "invalid-edr-query",
    400,
    "Invalid query",
    "A query parameter of OGC API EDR is missing, or its value is not acceptable. `errors` lists "
    "each with the reason. At other addresses the status is 422; here the standard wants 400.",
    detail="one or more query parameters are missing or not acceptable; see errors",
)
TOO_MUCH_ASKED = ProblemType(
    "too-much-asked",
    413,
    "Too much asked",
    "The request is about more stations than one answer has, or the answer is larger than can be "
    "sent. Ask for a smaller area, or for few of its stations with `limit`. A long list can be "
    "sent to clients that accept gzip.",
    detail="the request is about more stations than one answer has; see errors",
)
COLLECTION_NOT_FOUND = ProblemType(
    "collection-not-found",
    404,
    "Collection not found",
    "OGC API EDR has no collection of this id here. `/edr/collections` lists them.",
)
STATION_NOT_FOUND = ProblemType(
    "station-not-found",
    404,
    "Station not found",
    "The run has no station of this id. `suggestions` lists similar ids; `/v1/stations` searches "
    "by name and place.",
)
FORECAST_DAMAGED = ProblemType(
    "forecast-damaged",
    500,
    "Forecast damaged",
    "The stored forecast of this station cannot be read. The other stations are not affected, and "
    "the next run has a new one. Tell the operator the `request_id`; the log has the details.",
)
ITEM_DAMAGED = ProblemType(
    "item-damaged",
    500,
    "Item damaged",
    "A stored item cannot be read: a run, the list of its stations, or the pointer to the "
    "published run. Tell the operator the `request_id`; the log says which one, and what to do.",
    detail="a stored item is damaged; the log has its name, and what to do, under this request_id",
)
MAP_NOT_FOUND = ProblemType(
    "map-not-found",
    404,
    "Map not found",
    "The run has no map of this parameter. Either it does not forecast the parameter, and "
    "`suggestions` lists those that it forecasts; or the run is older than the maps, and the next "
    "run will have one.",
)
MISSING_NOT_FOUND = ProblemType(
    "missing-not-found",
    404,
    "Missing stations not found",
    "The run is older than the lists of stations without a forecast. The next run will have one.",
    detail="the run is older than the lists of missing stations; the next run will have one",
)
DOWNLOAD_NOT_FOUND = ProblemType(
    "download-not-found",
    404,
    "Download not found",
    "The run has no such file. That of the forecasts is written before the run is published; the "
    "report in `/v1/runs/{run_id}` says why if it could not be. There is none of verification "
    "before a first run was verified.",
)
DOWNLOAD_EXPIRED = ProblemType(
    "download-expired",
    410,
    "Download expired",
    "The forecasts of the run have expired, 30 days after they were made, and its files were "
    "deleted with them. `/v1/runs` lists later runs.",
)
RANGE_NOT_SATISFIABLE = ProblemType(
    "range-not-satisfiable",
    416,
    "Range not satisfiable",
    "The header `Range` asks for bytes after the end of the file. `Content-Range` says how many it "
    "has.",
)
RUN_NOT_FOUND = ProblemType(
    "run-not-found",
    404,
    "Run not found",
    "There is no such run, or it has expired, or it was never published: forecasts can be read "
    "from published runs only. `/v1/runs` lists all runs.",
    detail="there is no such published run; /v1/runs lists all runs",
)
NOT_FOUND = ProblemType(
    "not-found",
    404,
    "Not found",
    "This address does not exist.",
    detail="this address does not exist; / lists where to begin",
)
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    405,
    "Method not allowed",
    "The address exists but does not take this method. The header `Allow` lists the methods that "
    "it takes.",
    detail="this address does not take this method; the header Allow lists those that it takes",
)
NO_PUBLISHED_RUN = ProblemType(
    "no-published-run",
    503,
    "No published run",
    "No nightly run has been published yet, so there are no forecasts.",
    retry_after_seconds=60,
)
STORE_UNAVAILABLE = ProblemType(
    "store-unavailable",
    503,
    "Store unavailable",
    "The table of the forecasts did not answer. Try again after `Retry-After` seconds.",
    retry_after_seconds=5,
    detail="the store of the forecasts did not answer; try again in a few seconds",
)
INVALID_BODY = ProblemType(
    "invalid-body",
    400,
    "Invalid body",
    "The body of the request is not a JSON object. `/docs` shows an example.",
)
BODY_TOO_LARGE = ProblemType(
    "body-too-large",
    413,
    "Body too large",
    "The body of the request has more than 512 KiB. A week of readings of every parameter fits "
    "into half of that.",
    detail="the body has more than 512 KiB",
)
REALTIME_UNAVAILABLE = ProblemType(
    "realtime-unavailable",
    503,
    "Real-time forecast unavailable",
    "The real-time model did not answer, and the nightly forecast cannot replace it: the request "
    "has `fallback=forbid`, or the place has no station. Try again after `Retry-After` seconds.",
    retry_after_seconds=30,
)
INTERNAL_ERROR = ProblemType(
    "internal-error",
    500,
    "Internal error",
    "Something went wrong on our side. Tell the operator the `request_id`; the log has the "
    "details.",
    detail="an unexpected error; the log has the details under this request_id",
)

#: The problem for each error; the most specific class wins.
PROBLEM_TYPES: dict[type[Exception], ProblemType] = {
    UnknownQueryError: UNKNOWN_PARAMETER,
    InvalidError: INVALID_PARAMETER,
    InvalidEDRError: INVALID_EDR_QUERY,
    TooMuchAskedError: TOO_MUCH_ASKED,
    CollectionNotFoundError: COLLECTION_NOT_FOUND,
    StationNotFoundError: STATION_NOT_FOUND,
    DamagedForecastError: FORECAST_DAMAGED,
    MapNotFoundError: MAP_NOT_FOUND,
    NoMissingListError: MISSING_NOT_FOUND,
    DownloadNotFoundError: DOWNLOAD_NOT_FOUND,
    DownloadExpiredError: DOWNLOAD_EXPIRED,
    UnsatisfiableRangeError: RANGE_NOT_SATISFIABLE,
    UnknownRunError: RUN_NOT_FOUND,
    NoPublishedRunError: NO_PUBLISHED_RUN,
    BodyError: INVALID_BODY,
    RealtimeUnavailableError: REALTIME_UNAVAILABLE,
    StoreError: STORE_UNAVAILABLE,
    DamagedItemError: ITEM_DAMAGED,
    FormatError: INTERNAL_ERROR,
    Exception: INTERNAL_ERROR,
}

#: The problem for each status with which FastAPI refuses a request (HTTPException).
PROBLEM_TYPES_BY_STATUS = {
    400: INVALID_BODY,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: BODY_TOO_LARGE,
}

BY_NAME = {kind.name: kind for kind in (*PROBLEM_TYPES.values(), *PROBLEM_TYPES_BY_STATUS.values())}


def problem_type_of(error: Exception) -> ProblemType:
    """Return the kind of problem that *error* is; every error is one."""
    if isinstance(error, HTTPException):
        return PROBLEM_TYPES_BY_STATUS[error.status_code]
    return next(PROBLEM_TYPES[cls] for cls in type(error).__mro__ if cls in PROBLEM_TYPES)
