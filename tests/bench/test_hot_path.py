"""The benchmark of lookups in Lambda: figures, and the events of the first answers."""

import json

import pytest

from bench.harness.handlers import running_handler
from bench.harness.locations import table_at
from bench.harness.one_station import TABLE, event_of, make_night, model_answer, reading_event
from bench.hot_path import (
    AGAIN,
    BARE,
    FIRST,
    FIRST_POST,
    FIRST_TEXTBOOK,
    OURS,
    SEVERAL,
    TEXTBOOK,
    figures_of,
    first_cost,
    known_event,
)


def test_first_of_a_process(tmp_path):
    """The first answer of a process is measured in a new process each time."""
    text = "said = []\ndef handler(event, context):\n    said.append(event)\n"
    text += "    return {'statusCode': 199 + len(said)}\n"
    (tmp_path / "count.py").write_text(text)

    assert all(first_cost("count.handler", {}, {}, tmp_path) > 0 for _ in range(2))


def test_events():
    """An event with a body is a POST, one without is a GET."""
    lookup, post = event_of("/v1/stations", "limit=1"), reading_event()

    assert lookup["requestContext"]["http"]["method"] == "GET"
    assert "body" not in lookup
    assert post["requestContext"]["http"]["method"] == "POST"
    assert json.loads(post["body"])["observations"][0]["parameter"] == "temperature"


def test_the_models_answer_is_one_of_the_station_that_was_asked_for():
    """It names station and issue time of the line, and has 24 hours of every parameter."""
    line = {"station_id": "LGA", "issue_time": "2025-11-01T00:00:00Z", "history": {}}
    answer = json.loads(model_answer(json.dumps(line).encode()))

    assert (answer["station_id"], answer["issue_time"]) == ("LGA", "2025-11-01T00:00:00Z")
    assert len(answer["values"]["temperature"]["p50"]) == 24


def test_a_client_that_has_the_answer(dynamodb_url):
    """Our function answers 304 to the event of a client that has the answer already."""
    make_night(dynamodb_url)
    table = table_at(dynamodb_url, TABLE)
    variables = {**table.environment, "AWS_LAMBDA_FUNCTION_NAME": "bench"}
    with running_handler("api.handler.handler", variables) as handler:
        assert handler.cost([known_event(table)], 304) > 0


def test_figures_are_ratios_within_a_round():
    """One slow round of many changes nothing."""
    costs = {
        OURS: [200.0, 200.0, 9000.0],
        AGAIN: [50.0] * 3,
        SEVERAL: [4000.0] * 3,
        BARE: [1000.0] * 3,
        TEXTBOOK: [4000.0] * 3,
        FIRST: [2500.0] * 3,
        FIRST_TEXTBOOK: [25_000.0] * 3,
        FIRST_POST: [29_000.0] * 3,
    }
    figures = {figure.name: figure for figure in figures_of(costs)}

    assert figures[f"{OURS} / {BARE}"].value == pytest.approx(0.2)
    assert figures[f"{OURS} / {TEXTBOOK}"].met
    assert figures[f"{SEVERAL} / {OURS}"].met is False
    assert figures[f"{FIRST_POST}: CPU"].value == pytest.approx(29)
    assert figures[f"{FIRST_POST}: CPU"].met
