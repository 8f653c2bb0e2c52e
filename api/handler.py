"""The entry point of the Lambda function: Mangum around the application.

Everything that a request needs is opened while Lambda starts the process. Lambda sends a process
one event at a time, so reads of the store need no thread.
"""

# ruff: noqa: E402 -- the collector has to rest before the imports

import gc
import os

# What is imported stays, so there is nothing to collect: that saves an eighth of a cold start.
gc.disable()

from typing import Any

from mangum import Mangum

from api.app import make_app
from api.connect import open_downloads, open_realtime
from api.http.lambda_events import HTTPEvent, is_request, refused, sendable
from api.reading.async_store import run_here
from api.settings import Settings
from forecasts.stores.open import open_store
from forecasts.times import utc_now

_settings = Settings.of(os.environ)
_store = open_store(_settings.store, utc_now, client=_settings.dynamodb_client)
# What is printed arrives in the function's log as it is, and metrics are taken from there.
_realtime = open_realtime(_settings, _store, utc_now, print, run_here)

_mangum = Mangum(
    make_app(
        _store,
        utc_now,
        _realtime,
        runner=run_here,
        public_url=_settings.public_url,
        files=open_downloads(_settings, utc_now, os.environ),
    ),
    lifespan="off",
    custom_handlers=[HTTPEvent],
    # Other types are sent as base64, which API Gateway would have to be told to undo.
    text_mime_types=[
        "text/",
        "application/json",
        "application/problem+json",
        "application/geo+json",
        "application/atom+xml",
        "application/vnd.cov+json",
    ],
)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer one event of Lambda."""
    return sendable(_mangum(event, context)) if is_request(event) else refused(event)


# Nor will it be collected later, in the middle of a request.
gc.freeze()
gc.enable()
