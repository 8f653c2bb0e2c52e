"""The entry point of PlanTraining's Lambda function.

Takes `{"execution": name}`. Returns `{"training": {"name", "state"}, "set": URL, "code": URL,
"in_use": URL or null, "candidates": [{"name", "depth", "job"}], "trained": [{"name", "job"}],
"notice": {"subject", "text"} or null, "restored": name of the model that was brought back, or ""}`.
There are no candidates if there is nothing to train.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count_of_training, log_training, logger
from batch_jobs.observations.files import open_location
from batch_jobs.training.deployment import open_training
from batch_jobs.training.job_code import put_code
from batch_jobs.training.month_plan import ROLLED_BACK, MonthPlan, plan_month
from forecasts.stores.open import open_store

_deployment = open_training(os.environ)
_store = open_store(_deployment.settings.store, _deployment.clock)


@logger.inject_lambda_context(correlation_id_path="execution", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Begin the training of this month, or find out what is left of it to do.

    Raises:
        RegistryError: The model fails its probation, and cannot be taken back.
        LocationError: The registry cannot be listed.
        FileError: A file cannot be read or written.
        ArtifactError: The model in use is damaged.
        StoreError: The store failed.
    """
    now = _deployment.clock()
    place, settings = _deployment.place, _deployment.settings
    plan = plan_month(place, _store, event["execution"], now)
    wanted = [each.name for each in plan.wanted]
    log_training(plan.training, "training planned", state=plan.state, wanted=wanted)
    count_of_training(plan.training, ModelsRolledBack=_rolled_back(plan))
    in_use = place.in_use.read() if plan.wanted else None
    return {
        "training": {"name": plan.training, "state": plan.state},
        "set": f"{settings.training}/set",
        "code": _code(settings.training) if plan.wanted else "",
        # A channel is a prefix; without the slash, `in-use` would be one of `in-use-2`, too.
        "in_use": f"{settings.in_use}/" if in_use else None,
        "candidates": [
            {**each._asdict(), "job": place.jobs.new_name(each.name, now)} for each in plan.wanted
        ],
        "trained": [{"name": name, "job": job} for name, job in plan.trained],
        "notice": _notice(plan),
        "restored": plan.restored,
    }


def _code(training: str) -> str:
    return f"{training}/{put_code(open_location(training))}"


def _rolled_back(plan: MonthPlan) -> int:
    return sum(notice.subject == ROLLED_BACK for notice in plan.notices)


def _notice(plan: MonthPlan) -> dict[str, str] | None:
    if not plan.notices:
        return None
    text = "\n".join(notice.text for notice in plan.notices)
    return {"subject": plan.notices[0].subject, "text": text}
