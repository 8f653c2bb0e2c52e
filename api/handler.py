"""The entry point of the Lambda function that answers API Gateway (HTTP API, payload 2.0).

Everything is opened while Lambda starts the process, so that a request finds it ready.
"""

import os
from datetime import UTC, datetime

from api.startup import uncollected


def _clock() -> datetime:
    return datetime.now(UTC)


with uncollected():
    from api.app import make_app
    from api.events import Handler
    from api.realtime import open_realtime
    from api.settings import Settings
    from forecasts.store import open_store

    _settings = Settings.of(os.environ)
    _store = open_store(_settings.store, _clock, environment=os.environ)
    # What is printed arrives in the function's log as it is, where metrics are taken from it.
    _app = make_app(_store, _clock, open_realtime(_settings, _store, _clock, print))

handler = Handler(_app)
