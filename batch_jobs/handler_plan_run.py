"""The entry point of PlanRun's Lambda function.

Takes `{"execution": name, "request": …}`, with the request that `batch_jobs.request` describes.
Returns `{"run": {"id", "state", "issue_time"}, "parts": […], "input": URL, "output": URL}`; there
are no parts if there is nothing to do. Before there is a model, `run` is `{"id": null, "state":
"no_model"}`.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count, log_run, logger, open_deployment
from batch_jobs.errors import FileError
from batch_jobs.input_drift import compare_inputs
from batch_jobs.model_in_use import model_in_use
from batch_jobs.observations.read import read_observations
from batch_jobs.plan_run import DONE, Part, check_issue_time, latest_attempt, plan_run
from batch_jobs.request import Request
from batch_jobs.run_files import KeptPlan, part_message
from forecasts.run import HISTORY_HOURS, Run, RunState
from forecasts.runs import update_run
from forecasts.times import utc_text

#: The state of a night that no model can forecast yet; it is no run.
NO_MODEL = "no_model"

_deployment = open_deployment(os.environ)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Find the night's run or plan it; return its parts.

    Raises:
        RequestError: The request is malformed.
        IssueTimeError: The request has an issue time that no run can have.
        NoObservationsError: There is nothing to forecast from; no run was begun.
        LocationError: The observations cannot be listed.
        FileError: The plan cannot be written, or the model's artifact not be read.
        ArtifactError: The model's artifact is damaged.
        StoreError: The store failed.
    """
    request = Request.of(event["request"])
    check_issue_time(request.issue_time, _deployment.clock())
    before = latest_attempt(_deployment.store, request.issue_time)
    if before is None or request.new_attempt or before.state is RunState.FAILED:
        return _planned(request)
    if before.state in (*DONE, RunState.LOADED):
        log_run(before.id, "the run exists already", state=before.state)
        return _answer(before, ())
    kept = _kept_plan(before.id)
    return _begun(before.id, kept) if kept else _planned(request)


def _kept_plan(run_id: str) -> KeptPlan | None:
    """Return the plan of a run that was begun; None if it was interrupted before it had one."""
    try:
        return _deployment.files(run_id).plan()
    except FileError:
        return None


def _planned(request: Request) -> dict[str, Any]:
    settings = _deployment.settings
    model = model_in_use(settings)
    if model is None:
        logger.info("there is no model yet; the training makes the first one")
        return {"run": {"id": None, "state": NO_MODEL}, "parts": [], "input": "", "output": ""}
    observations = read_observations(
        settings.observations,
        end=request.issue_time,
        hours=HISTORY_HOURS,
        parameters=model.parameters,
    )
    plan = plan_run(
        _deployment.store,
        request.issue_time,
        observations.stations,
        model=model.name,
        parameters=model.parameters,
        now=_deployment.clock(),
        left_out=observations.left_out,
        notice=observations.notice,
        new_attempt=request.new_attempt,
    )
    compare_inputs(observations, model.network)
    files = _deployment.files(plan.run.id)
    return _begun(plan.run.id, files.keep_plan(plan.parts, observations.report))


def _begun(run_id: str, kept: KeptPlan) -> dict[str, Any]:
    # If two executions plan the same night at once, both use the plan that was written first.
    stations, parts = kept.stations, len(kept.parts)
    run = update_run(
        _deployment.store, run_id, lambda run: replace(run, stations=stations, parts=parts)
    )
    log_run(run.id, "run planned", stations=stations, parts=parts)
    count(
        run.id,
        RunStations=stations,
        ObservationRows=kept.read.rows,
        BrokenRows=kept.read.faulty,
    )
    return _answer(run, kept.parts)


def _answer(run: Run, parts: Iterable[Part]) -> dict[str, Any]:
    folder = f"{_deployment.settings.runs}/{run.id}"
    return {
        "run": {"id": run.id, "state": run.state, "issue_time": utc_text(run.issue_time)},
        "parts": [part_message(run.id, part) for part in parts],
        # SageMaker takes the input as a prefix, and adds a "/" to the output.
        "input": f"{folder}/in/",
        "output": f"{folder}/out",
    }
