"""Step Functions on this machine: moto's interpreter with additions.

moto parses and runs a state machine as it is deployed. What is added here, each in its function:
JSONata, Lambda functions that are Python callables in this process, jobs that are waited for
(`.sync`), and a Distributed Map that fails when one of its parts does. Waiting between tries is
noted, not done.
"""

import json
import threading
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import boto3
import jsonata
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import (
    distributed_iteration_component,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_unsupported,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval import states, variable_store
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcomeFailure,
    CallbackOutcomeFailureError,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

CONFIG = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}


class Killed(BaseException):
    """Ends a function that runs out of time, as Lambda does; our code does not see it."""


def kill():
    """Run out of time."""
    raise Killed


class Context:
    """The context that Lambda passes to a function."""

    function_version = "$LATEST"
    memory_limit_in_mb = 512

    def __init__(self, arn):
        self.invoked_function_arn = arn
        self.function_name = arn.rpartition(":")[2]
        self.aws_request_id = str(uuid.uuid4())


class Lambda:
    """Lambda functions: Python callables in this process.

    Attributes:
        functions: Handlers, by ARN.
        before: By ARN: called before the function, with its event; may raise in its place.
        after: By ARN: called when the function has done its work; may raise.
        calls: ARN and event of every call.
        waits: Waits between tries, and of states.
    """

    def __init__(self, functions):
        self.functions = functions
        self.waits = Waits()
        self.reset()
        # On AWS each call has a process, with a logger, of its own; here they share one.
        self._alone = threading.Lock()

    def reset(self):
        """Forget the calls, and run functions without faults."""
        self.before, self.after, self.calls = {}, {}, []

    def invoke(self, arn, body):
        """Run a function; return its result, and whether that is an error."""
        event = json.loads(body)
        self.calls.append((arn, event))
        try:
            self.before.get(arn, lambda _event: None)(event)
            with self._alone:
                answer = self.functions[arn](event, Context(arn))
                self.after.get(arn, lambda: None)()
                return json.dumps(answer), False
        except Killed:
            error = {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out"}
            return json.dumps(error), True
        except Exception as error:  # noqa: BLE001 -- as Lambda does
            message = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return json.dumps(message), True


class Waits:
    """Takes the place of `time` when moto waits: notes the seconds."""

    def __init__(self):
        self.seconds = []

    def sleep(self, seconds):
        """Do not wait."""
        self.seconds.append(seconds)


@contextmanager
def running(functions):
    """Run AWS's services in this process, state machines among them; yield the `Lambda`.

    Args:
        functions: Handlers, by ARN.
    """
    runtime = Lambda(functions)
    with pytest.MonkeyPatch.context() as patch, mock_aws(config=CONFIG):
        _add_lambda(patch, runtime)
        _add_jsonata(patch)
        _add_sync(patch)
        _add_failing_map(patch)
        patch.setattr(retrier_decl, "time", runtime.waits)
        patch.setattr(
            WaitFunction,
            "_wait_interval",
            lambda _self, **wait: runtime.waits.sleep(wait["wait_seconds"]),
        )
        yield runtime


def _add_lambda(patch, runtime):
    def invoke(_self, function_name, _qualifier, body, _headers, response_headers):
        answer, failed = runtime.invoke(function_name, body or "{}")
        if failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return answer.encode()

    patch.setattr(LambdaSimpleBackend, "invoke", invoke)


def _add_jsonata(patch):
    def evaluate(expression):
        try:
            parsed = jsonata.Jsonata(expression)
            # One of the functions that Step Functions adds to the language.
            parsed.register_lambda("uuid", lambda: str(uuid.uuid4()))
            return json.loads(json.dumps(parsed.evaluate(None)))
        except jsonata.JException as error:
            raise moto_jsonata.JSONataException("UNKNOWN", str(error)) from error

    def declared(bindings):
        # moto's own does not escape strings.
        return "".join(f"{name}:={to_json_str(value)};" for name, value in bindings.items())

    patch.setattr(moto_jsonata, "_eval_jsonata", evaluate)
    for module in (states, variable_store):
        patch.setattr(module, "encode_jsonata_variable_declarations", declared)


class Job(NamedTuple):
    """How Step Functions waits for a job of a service.

    Attributes:
        describe: The call that describes the job.
        name: The fields of that call, which are those of the request or of the answer to it.
        within: The field of the description that has all others; "" if there is none.
        status: The field that has the status.
        done: The status of a job that ended well.
        error: A guess; state machines ask for States.TaskFailed and States.ALL.
    """

    describe: str
    name: tuple
    within: str
    status: str
    done: str
    error: str


#: By service and call.
JOBS = {
    ("sagemaker", "create_transform_job"): Job(
        "describe_transform_job",
        ("TransformJobName",),
        "",
        "TransformJobStatus",
        "Completed",
        "SageMaker.TransformJobFailed",
    ),
    ("sagemaker", "create_training_job"): Job(
        "describe_training_job",
        ("TrainingJobName",),
        "",
        "TrainingJobStatus",
        "Completed",
        "SageMaker.TrainingJobFailed",
    ),
    ("emr-serverless", "start_job_run"): Job(
        "get_job_run",
        ("applicationId", "jobRunId"),
        "jobRun",
        "State",
        "SUCCESS",
        "EMRServerless.JobRunFailed",
    ),
}


def _add_sync(patch):
    def normalise(self, parameters):
        # Step Functions writes the fields of all services as in `TrainingJobName`.
        self._to_boto_request(parameters, _shape_of(self))

    def send(self, env, resource_runtime_part, normalised_parameters, state_credentials):
        # moto's client leaves out what it does not know; Step Functions refuses it.
        validator = ParamValidator()
        faults = validator.validate(normalised_parameters, _shape_of(self)).generate_report()
        assert not faults, faults
        try:
            request(self, env, resource_runtime_part, normalised_parameters, state_credentials)
        except ClientError as error:
            code, message = (error.response["Error"][name] for name in ("Code", "Message"))
            failure = CallbackOutcomeFailure(code, f"SageMaker.{code}Exception", message)
            raise CallbackOutcomeFailureError(failure) from error

    def wait(self, env, resource_runtime_part, normalised_parameters, state_credentials):
        service = self._get_boto_service_name()
        job = JOBS[service, self._get_boto_service_action()]
        client = boto_client_for(resource_runtime_part.region, service, state_credentials)
        known = normalised_parameters | env.stack[-1]
        found = getattr(client, job.describe)(**{name: known[name] for name in job.name})
        fields = found[job.within] if job.within else found
        fields = {name[0].upper() + name[1:]: value for name, value in fields.items()}
        text = to_json_str(fields)
        env.stack[-1] = json.loads(text)
        if env.stack[-1][job.status] != job.done:
            failure = CallbackOutcomeFailure(str(uuid.uuid4()), job.error, text)
            raise CallbackOutcomeFailureError(failure)

    module = state_task_service_unsupported
    service_task = module.StateTaskServiceUnsupported
    request = service_task._eval_service_task  # noqa: SLF001
    patch.setattr(module, "_SUPPORTED_INTEGRATION_PATTERNS", {ResourceCondition.Sync})
    patch.setattr(service_task, "_normalise_parameters", normalise)
    patch.setattr(service_task, "_eval_service_task", send)
    patch.setattr(service_task, "_eval_integration_pattern", wait)


def _shape_of(task):
    """Return the shape of the request that a task sends."""
    service = task._get_boto_service_name()  # noqa: SLF001
    model = boto3.client(service).meta.service_model
    call = task.resource.api_action
    return model.operation_model(call[0].upper() + call[1:]).input_shape


def _add_failing_map(patch):
    component = distributed_iteration_component.DistributedIterationComponent
    run = component._map_run  # noqa: SLF001

    def map_run(self, env, eval_input):
        run(self, env=env, eval_input=eval_input)
        counter = eval_input.map_run_record.item_counter
        failed = sum(c.get() for c in (counter.failed, counter.timed_out, counter.aborted))
        if failed:
            env.stack.pop()
            raise FailureEventException(_exceeded(env, failed))

    patch.setattr(component, "_map_run", map_run)


def _exceeded(env, failed):
    error = "States.ExceedToleratedFailureThreshold"
    cause = f"The specified tolerated failure threshold was exceeded ({failed} failed)"
    details = TaskFailedEventDetails(error=error, cause=cause)
    return FailureEvent(
        env=env,
        error_name=ErrorName(error),
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(taskFailedEventDetails=details),
    )


def now():
    """Return the real time, as the functions see it."""
    return datetime.now(UTC)  # noqa: TID251 -- what handlers read
