"""The entry point of the Lambda function that answers API Gateway (HTTP API, payload 2.0).

Everything that a lookup needs is opened while Lambda starts the process, so that a request finds it
ready. FastAPI's application waits for the first POST, unless nobody waits for the start.
"""

import os
from datetime import UTC, datetime

from api.startup import hurried


def _clock() -> datetime:
    return datetime.now(UTC)


# Looking for plug-ins of pydantic reads what is said of every package; there are none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

with hurried():
    from api.app import make_endpoints
    from api.connect import open_realtime
    from api.events import Handler
    from api.reading.dynamodb_json import loads
    from api.settings import Settings
    from forecasts.stores.open import open_store

    _settings = Settings.of(os.environ)
    _store = open_store(_settings.store, _clock, environment=os.environ, loads=loads)
    # What is printed arrives in the function's log as it is, where metrics are taken from it.
    _realtime = open_realtime(_settings, _store, _clock, print)
    _endpoints = make_endpoints(_store, _clock, _realtime)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand") != "on-demand":
        # Before a snapshot, or on stock: the first POST should find it.
        _app = _endpoints.application

handler = Handler(_endpoints, lambda: _endpoints.application)
