"""The lookup as tutorials build it, a peer for cold starts and lookups in Lambda.

It has FastAPI with a response model and a plain `def`, Mangum, a boto3 resource, and Powertools'
logger, metrics and tracer. `bench/harness/bundles.py` copies it into a folder with its packages and
it runs from there: the tracer's X-Ray SDK is not a dependency of this project.
"""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from fastapi import FastAPI, HTTPException
from mangum import Mangum
from pydantic import BaseModel

logger = Logger(service="textbook")
metrics = Metrics(namespace="textbook", service="textbook")
tracer = Tracer(service="textbook")
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
app = FastAPI(title="Textbook")


class Quantiles(BaseModel):
    """24 hours of a parameter."""

    p10: list[float]
    p50: list[float]
    p90: list[float]


class ForecastAnswer(BaseModel):
    """The forecast of a station."""

    station: dict[str, Any]
    run: dict[str, Any]
    time: list[str]
    units: dict[str, str]
    values: dict[str, Quantiles]
    missing: dict[str, str]


@app.get("/v1/stations/{station_id}/forecast")
def forecast(station_id: str) -> ForecastAnswer:
    """Return the forecast of a station."""
    item = table.get_item(Key={"pk": f"T#{station_id}", "sk": "FORECAST"}).get("Item")
    if item is None:
        raise HTTPException(404, f"no station {station_id}")
    metrics.add_metric(name="Lookups", unit=MetricUnit.Count, value=1)
    logger.info("lookup", station_id=station_id)
    return ForecastAnswer.model_validate(item)


_answer = Mangum(app, lifespan="off")


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@metrics.log_metrics(capture_cold_start_metric=True)
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an event of an API Gateway HTTP API."""
    return _answer(event, context)
