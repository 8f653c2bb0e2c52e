"""A published night of one station in DynamoDB, and events that ask a function about it."""

import json
import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from batch_jobs.histories import packed_histories
from bench.harness.dynamodb import client_of
from bench.harness.locations import new_table
from forecasts import runs
from forecasts.forecast import Forecast, Quantiles
from forecasts.item import (
    StationEntry,
    TransformLine,
    catalogue_item,
    forecast_item,
    packed_history_item,
)
from forecasts.parameter import PARAMETERS
from forecasts.run import HISTORY_HOURS, LEAD_HOURS, QUANTILES, Run, RunState, run_id
from forecasts.station import Station
from forecasts.times import utc_now, utc_text

TABLE = "stationcast"
STATION = Station("JFK", "John F Kennedy Intl", "US", 40.64, -73.78, 4.0, "America/New_York")
PATH = f"/v1/stations/{STATION.id}/forecast"

_CODES = ("temperature", "dew_point", "relative_humidity", "wind_speed", "pressure", "pm25", "o3")


def make_night(url: str) -> Run:
    """Publish the night into the DynamoDB at *url*, for us and for the textbook's function."""
    now = utc_now()
    issue_time = now.replace(hour=0, minute=0, second=0, microsecond=0)
    run = Run(run_id(issue_time, 1), issue_time, RunState.LOADED, "demo", _CODES, 1, 1, now)
    body = Forecast(STATION, run.id, issue_time, run.model, _values(), {}).to_body()
    items = [
        forecast_item(STATION.id, run, body),
        packed_history_item(STATION.id, run, *packed_histories([_line(issue_time)])),
        catalogue_item(run, 0, [StationEntry(STATION, _CODES)]),
    ]
    with new_table(url, TABLE).opened() as store:
        store.put_many(items)
        runs.put_run(store, run)
        runs.publish(store, run.id, now)
    # Every number as a DynamoDB number, which is what `Table.put_item` writes.
    answer = json.loads(body, parse_float=Decimal)
    item = {"pk": f"T#{STATION.id}", "sk": "FORECAST", **answer}
    serialize = TypeSerializer().serialize
    client_of(url).put_item(
        TableName=TABLE, Item={name: serialize(each) for name, each in item.items()}
    )
    return run


def event_of(path: str, query: str = "", body: str | None = None, **headers: str) -> dict[str, Any]:
    """Make an event of an API Gateway HTTP API: a POST if there is a body, else a GET."""
    method = "GET" if body is None else "POST"
    about = {"accept": "application/json", "accept-encoding": "gzip", "host": "api.example.com"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": about | ({} if body is None else {"content-type": "application/json"}) | headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "bench",
            },
            "requestId": "bench",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Nov/2025:01:00:00 +0000",
            "timeEpoch": 1761958800000,
        },
        "isBase64Encoded": False,
        **({} if body is None else {"body": body}),
    }


def reading_event() -> dict[str, Any]:
    """Make the event of a POST with a temperature that was read just now."""
    reading = {"parameter": "temperature", "time": utc_text(_this_minute()), "value": 4.1}
    return event_of(PATH, body=json.dumps({"observations": [reading]}))


def model_answer(line: bytes) -> bytes:
    """Return what a model could answer to a transform line: always the same values."""
    asked = json.loads(line)
    about = {name: asked[name] for name in ("station_id", "issue_time")}
    return json.dumps({**about, "model": "demo", "values": _values(), "missing": {}}).encode()


def _this_minute() -> datetime:
    return utc_now().replace(second=0, microsecond=0)


def _line(issue_time: datetime) -> TransformLine:
    return {
        "station_id": STATION.id,
        "latitude": STATION.latitude,
        "longitude": STATION.longitude,
        "elevation": STATION.elevation,
        "issue_time": utc_text(issue_time),
        "history": {code: [*_wave(code, HISTORY_HOURS, 0.0)] for code in _CODES},
    }


def _values() -> dict[str, Quantiles]:
    """Return plausible hours of each parameter: a daily wave with a band around it."""
    bands = dict(zip(QUANTILES, (-1.5, 0.0, 1.5), strict=True))
    return {
        code: {name: _wave(code, LEAD_HOURS, off) for name, off in bands.items()} for code in _CODES
    }


def _wave(code: str, hours: int, off: float) -> list[float]:
    parameter = PARAMETERS[code]
    middle = (parameter.minimum + parameter.maximum) / 2 + off
    return [
        round(middle + math.sin(hour / 24 * math.tau), parameter.decimals) for hour in range(hours)
    ]
