"""FailRun's handler turns the error that Step Functions caught into one line, and marks the run."""

import importlib
import json
import sys
from contextlib import closing
from types import SimpleNamespace

import pytest

from forecasts.errors import StoreError
from forecasts.runs import get_run, put_run
from forecasts.stores.sqlite import SQLiteStore
from tests.factories import A_RUN

CONTEXT = SimpleNamespace(
    function_name="FailRun",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:FailRun",
    aws_request_id="request",
)
ERROR = {"Error": "StoreError", "Cause": json.dumps({"errorMessage": "disk full"})}


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """The handler's module with a store in a file; yields it and the file's path."""
    path = tmp_path / "forecasts.db"
    with closing(SQLiteStore(str(path), lambda: A_RUN.planned_at, create=True)) as store:
        put_run(store, A_RUN)
    for name, value in {
        "STATIONCAST_STORE": f"sqlite:///{path}",
        "STATIONCAST_RUNS": str(tmp_path),
        "STATIONCAST_OBSERVATIONS": str(tmp_path),
        "STATIONCAST_MODEL": "demo",
        "STATIONCAST_PARAMETERS": "temperature",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "batch_jobs.handler_fail_run", raising=False)
    module = importlib.import_module("batch_jobs.handler_fail_run")
    monkeypatch.delitem(sys.modules, "batch_jobs.handler_fail_run")
    yield module, path
    module._deployment.store.close()  # noqa: SLF001 -- Lambda's process ends; this one does not


def event(**changes):
    """Return what the state machine sends."""
    return {"execution": "night", "run_id": A_RUN.id, "request": {}, "error": ERROR, **changes}


def stored(path):
    """Return the run as the store has it."""
    with closing(SQLiteStore(str(path), lambda: A_RUN.planned_at, create=False)) as store:
        return get_run(store, A_RUN.id)


def test_another_executions_run_is_left_alone(imported):
    """If a conditional write was lost, the run is left to the execution that won."""
    module, path = imported
    answer = module.handler(event(error={"Error": "ConflictError", "Cause": "{}"}), CONTEXT)

    assert answer == {"id": A_RUN.id, "state": None, "reason": "ConflictError: {}"}
    assert stored(path) == A_RUN


def test_invalid_request(imported):
    """An invalid request has no run to mark, and that is not an error."""
    module, path = imported
    answer = module.handler(event(run_id=None, request={"x": 1}), CONTEXT)

    assert answer == {"id": None, "state": None, "reason": "StoreError: disk full"}
    assert stored(path) == A_RUN


def test_missing_store(imported):
    """The error is raised, so that the state machine can alert without this function."""
    module, path = imported
    path.write_bytes(b"no database at all, at least 100 bytes long" * 10)
    with pytest.raises(StoreError):
        module.handler(event(), CONTEXT)
