"""Requests that are refused for their content, before the endpoint is called."""

import pytest

from api.schemas.requests import MOST_BYTES, MOST_OBSERVATIONS
from tests.api.conftest import SECOND
from tests.api.routes.test_context import PATH, PLACE, READING, READINGS, observation


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        (PATH, b"", 400, "invalid-body"),
        (PATH, b"not JSON", 400, "invalid-body"),
        (PATH, b"\xff\xfe", 400, "invalid-body"),
        (PATH, b"[]", 400, "invalid-body"),
        (PATH, b"null", 400, "invalid-body"),
        (PATH, b"[" * 10_000, 400, "invalid-body"),
        ("/v1/forecast", b"3", 400, "invalid-body"),
        (PATH, b" " * (MOST_BYTES + 1), 413, "body-too-large"),
        (PATH, b'{"observations": [' + b"1," * 5_000_000, 413, "body-too-large"),
        (PATH + "?fallback=maybe", READINGS, 422, "invalid-parameter"),
        (PATH + "?run=" + SECOND.id, READINGS, 400, "unknown-parameter"),
        ("/v1/forecast?fallback=forbid", PLACE, 400, "unknown-parameter"),
    ],
)
def test_refused_requests(asking, path, body, status, kind):
    """A body that is not a JSON object, is too long or has a bad query is refused as a problem."""
    response = asking.post(path, body)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"/problems/{kind}"


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        (PATH, {}, "observations"),
        (PATH, {"observations": None}, "observations"),
        (PATH, {"observations": [], "station": "JFK"}, "station"),
        (PATH, {"observations": [READING] * (MOST_OBSERVATIONS + 1)}, "observations"),
        (PATH, {"observations": [3]}, "observations.0"),
        (PATH, observation(parameter="temprature"), "observations.0.parameter"),
        (PATH, observation(time="2013-12-31T00:10:00"), "observations.0.time"),
        (PATH, observation(time="yesterday"), "observations.0.time"),
        (PATH, observation(time="0001-01-01T00:00:00+14:00"), "observations.0.time"),
        (PATH, observation(time=1388448600), "observations.0.time"),
        (PATH, observation(value="4"), "observations.0.value"),
        (PATH, observation(value=True), "observations.0.value"),
        (PATH, observation(value=float("nan")), "observations.0.value"),
        (PATH, observation(value=float("inf")), "observations.0.value"),
        (PATH, observation(value=999), "observations.0.value"),
        (PATH, observation(unit="ppm"), "observations.0.unit"),
        (PATH, observation(uint="°F"), "observations.0.uint"),
        (PATH, {"observations": [READING, READING]}, "observations.1"),
        ("/v1/forecast", {**PLACE, "latitude": 91}, "latitude"),
        ("/v1/forecast", {**PLACE, "longitude": -180.1}, "longitude"),
        ("/v1/forecast", {**PLACE, "latitude": "40"}, "latitude"),
        ("/v1/forecast", {**PLACE, "elevation": 10_000}, "elevation"),
        ("/v1/forecast", {**PLACE, "history": {}}, "history"),
        ("/v1/forecast", {**PLACE, "history": {"temperature": [4.0] * 3}}, "history.temperature"),
        ("/v1/forecast", {**PLACE, "history": {"temperature": [4.0] * 169}}, "history.temperature"),
        ("/v1/forecast", {**PLACE, "history": {"soot": [4.0] * 24}}, "history.soot.[key]"),
        ("/v1/forecast", {**PLACE, "issue_time": "2013-12-31T00:01:00Z"}, "issue_time"),
        ("/v1/forecast", {**PLACE, "units": {"temperature": "hPa"}}, "units.temperature"),
    ],
)
def test_refused_bodies(asking, runtime, path, body, name):
    """A missing, unknown or unacceptable field is named, and the endpoint is not called."""
    response = asking.post(path, body)
    [error] = response.json()["errors"]

    assert response.status_code == 422
    assert (error["in"], error["name"]) == ("body", name)
    assert runtime.lines == []
