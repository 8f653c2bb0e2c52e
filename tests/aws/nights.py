"""Helpers for tests of the state machine: nights, and the tables that they leave."""

import json
from dataclasses import replace

from forecasts.run import RunState
from forecasts.runs import current_pointer, get_run
from tests.aws.interpreter import now
from tests.factories import a_night

TONIGHT = "20131230T0000Z-1"
YESTERDAY = "20131229T0000Z-1"
SCHEDULED = {"scheduled_time": "2013-12-30T00:00:07Z"}


def items(dynamodb, table):
    """Return version and body of every item by key, without what depends on clock and chance."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    rows = [row for page in pages for row in page["Items"]]
    return {
        (row["pk"]["S"], row["sk"]["S"]): (
            row.get("version"),
            _steady(row["pk"]["S"], bytes(row["body"]["B"])),
        )
        for row in rows
    }


def _steady(pk, body):
    if pk != "RUN":
        return body
    fields = json.loads(body)
    for name in ("planned_at", "published_at", "changed_at", "identity"):
        fields.pop(name, None)
    fields.get("report", {}).pop("seconds", None)
    return fields


def a_loaded_night(**changes):
    """Return a loaded run that was planned just now, by the functions' clock."""
    return replace(a_night(**changes), planned_at=now())


def assert_failed(machine, execution, error, reason):
    """Check that tonight failed for *reason*, that operators were told, and that readers stay."""
    run = get_run(machine.store, TONIGHT)
    ((subject, message),) = machine.alerts()

    assert (execution.status, execution.error) == ("FAILED", error)
    assert run.state is (RunState.REJECTED if error == "RunRejected" else RunState.FAILED)
    assert reason in run.reason
    assert subject == f"Stationcast: {error}"
    assert f"Run: {TONIGHT}\n" in message
    assert f"Reason: {run.reason}\n" in message
    assert current_pointer(machine.store).current == YESTERDAY
