"""The entry point of the Lambda function that answers API Gateway (HTTP API, payload 2.0).

Everything is opened while Lambda starts the process, so that a request finds it ready.
"""

import os
from datetime import UTC, datetime

from api.startup import uncollected


def _clock() -> datetime:
    return datetime.now(UTC)


with uncollected():
    from mangum import Mangum

    from api.app import make_app
    from api.settings import Settings
    from forecasts.store import open_store

    _store = open_store(Settings.of(os.environ).store, _clock)
    _app = make_app(_store, _clock)

#: Mangum sends other types as base64, which API Gateway would have to be told to undo.
_TEXT = ["text/", "application/json", "application/problem+json", "application/geo+json"]

handler = Mangum(_app, lifespan="off", text_mime_types=_TEXT)
