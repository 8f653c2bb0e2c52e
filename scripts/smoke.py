#!/usr/bin/env python3
"""Send a deployed API a few requests: `python scripts/smoke.py https://….amazonaws.com`.

It uses the standard library only, so that it runs wherever Python does. A stack without a published
night passes, too, if it says so.
"""

import json
import sys
import urllib.error
import urllib.request
from typing import Any

SECONDS = 30


class SmokeError(Exception):
    """A response is not that of a working stack; the message names the request."""


def main(arguments: list[str]) -> int:
    """Test the API of the command line, print the result, and return the exit status."""
    if len(arguments) != 1 or not arguments[0].startswith(("https://", "http://127.0.0.1")):
        sys.stderr.write("Usage: python scripts/smoke.py URL (the stack's output ApiUrl)\n")
        return 2
    try:
        found = smoke(arguments[0].rstrip("/"))
    except SmokeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


def smoke(url: str) -> str:
    """Test an API; return the result as a sentence.

    Raises:
        SmokeError: A response is not that of a working stack.
    """
    _expect(url, "/healthz", 200)
    _expect(url, "/openapi.json", 200)
    problem = _expect(url, "/v1/stations?nonsense=1", 400)
    if "type" not in problem:
        raise SmokeError(f"{url}/v1/stations?nonsense=1: the error is not a problem document")
    status = _expect(url, "/v1/status", 200)
    if status["state"] == "none":
        return "The API works; no night has been published yet."
    return f"The API works; {_lookup(url)}, and the run is {status['state']}."


def _lookup(url: str) -> str:
    stations = _expect(url, "/v1/stations?limit=1", 200)["items"]
    if not stations:
        raise SmokeError(f"{url}/v1/stations: a run is published, but it has no stations")
    forecast = _expect(url, f"/v1/stations/{stations[0]['id']}/forecast", 200)
    return f"station {forecast['station']['id']} is forecast by run {forecast['run']['id']}"


def _expect(url: str, path: str, status: int) -> Any:
    request = urllib.request.Request(url + path, headers={"Accept": "application/json"})  # noqa: S310 -- main has looked at the scheme
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 -- the same
            got, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        got, body = error.code, error.read()
    except OSError as error:
        raise SmokeError(f"{url}{path}: {error}") from error
    if got != status:
        raise SmokeError(f"{url}{path}: expected status {status}, got {got}: {body[:300]!r}")
    try:
        return json.loads(body)
    except ValueError as error:
        raise SmokeError(f"{url}{path}: not JSON: {body[:300]!r}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
