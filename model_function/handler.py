"""The entry point of the Lambda function that runs the model. The event is a transform line.

The model is fetched and loaded while Lambda starts the process, so it is ready for the first
request.
"""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model_function.bucket import fetch
from model_function.errors import SettingsError
from model_function.hooks import open_artifact

_url = os.environ.get("STATIONCAST_ARTIFACT", "")
if not _url:
    raise SettingsError("STATIONCAST_ARTIFACT", "is not set; write s3://bucket/key of an artifact")
_hooks = open_artifact(
    _url, fetch(_url, os.environ, datetime.now(UTC)), Path(tempfile.mkdtemp(prefix="model-"))
)


def handler(event: Any, _context: object) -> bytes:
    """Answer a transform line with the line of its forecasts, which Lambda sends unchanged."""
    return _hooks.answer(event)
