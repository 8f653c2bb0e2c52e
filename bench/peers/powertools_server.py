"""Serves the stored forecasts through Powertools' HTTP resolver, in Powertools' environment.

`bench/peers/powertools.py` starts it by its path, with a port. `HttpResolverLocal` is Powertools'
own ASGI application; it runs under uvicorn with the same event loop and HTTP parser as ours.
boto3's client reads the table in a thread, so that requests wait for DynamoDB concurrently. A
single forecast is sent as it is stored; several are decompressed, joined and sent uncompressed.
"""

import asyncio
import os
import sys
import zlib
from functools import partial
from typing import Any

import boto3
import uvicorn
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.http_resolver import HttpResolverLocal
from botocore.config import Config

TABLE, RUN = os.environ["TABLE_NAME"], os.environ["RUN_ID"]
client = boto3.client("dynamodb", config=Config(max_pool_connections=50))


def _as_it_is(body: Any) -> Any:
    """Return the body unchanged, because it is JSON already."""
    return body


app = HttpResolverLocal(serializer=_as_it_is)


def _key(station_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"S#{station_id}"}, "sk": {"S": f"F#{RUN}"}}


def _answer(body: bytes | str, length: int, **headers: str | list[str]) -> Response[bytes | str]:
    # Without a length from the resolver, the server would send the body in chunks.
    return Response(200, "application/json", body, {"Content-Length": str(length), **headers})


@app.get("/healthz")
async def health() -> Response[bytes | str]:
    """Answer that the server is up."""
    return _answer("{}", 2)


@app.get("/forecasts/<station_id>")
async def forecast(station_id: str) -> Response[bytes | str]:
    """Send the stored bytes, which are gzip."""
    read = partial(client.get_item, TableName=TABLE, Key=_key(station_id))
    item = (await asyncio.to_thread(read))["Item"]
    body = item["body"]["B"]
    return _answer(body, len(body), **{"Content-Encoding": "gzip"})


@app.get("/forecasts")
async def forecasts() -> Response[bytes | str]:
    """Send what is stored of several stations as a list, in their order."""
    ids = app.current_event.query_string_parameters["stations"].split(",")
    wanted: dict[str, Any] = {TABLE: {"Keys": [_key(station_id) for station_id in ids]}}
    found = await asyncio.to_thread(partial(client.batch_get_item, RequestItems=wanted))
    bodies = {item["pk"]["S"]: item["body"]["B"] for item in found["Responses"][TABLE]}
    items = [zlib.decompress(bodies[f"S#{station_id}"], 31) for station_id in ids]
    answer = b'{"items":[%s]}' % b",".join(items)
    # As text, because the resolver sends bytes through base64.
    return _answer(answer.decode(), len(answer))


if __name__ == "__main__":
    port = int(sys.argv[1])
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_level="warning")
