"""The training in the template: nothing without it; machine, roles and jobs agree with it."""

import json
import re
from dataclasses import fields

import pytest

from batch_jobs.settings import Settings, TrainingSettings
from batch_jobs.training.starts import LONGEST
from scripts.spark_environment import MACHINE
from tests.deployed_training import definition_of, spark_request
from tests.dynamodb_local import ROOT
from tests.recorder import Call
from tests.shapes import refusals
from tests.stack import ACCOUNT, BUCKET, NAME, REGION, TRAINING, Stack, allows, as_list
from tests.test_template import POWERTOOLS, metrics_shown, metrics_watched, states

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
OFF, ON = Stack(ForecastModel="v1"), Stack(Training="on", RealtimeRole=ROLE)
MACHINE_OF_TRAINING = ON.template["Resources"]["TrainingStateMachine"]["Properties"]
TEXT = (ROOT / MACHINE_OF_TRAINING["DefinitionUri"]).read_text()
DEFINITION = json.loads(TEXT)
STATES = dict(states(DEFINITION))
GUIDE = (ROOT / "docs" / "operations.md").read_text()

#: What a stack has with the training only.
MADE = {
    *TRAINING,
    *(f"{name.removesuffix('Function')}Role" for name in TRAINING),
    *("TrainingStateMachine", "TrainingStateMachineRole", "TrainingStateMachineLogs"),
    *("TrainingSchedule", "TrainingScheduleRole", "OldModelRule", "OldModelRuleRole"),
    *("SparkApplication", "SparkRole", "SparkLogs", "TrainingRole", "TrainingLogs"),
    *("TrainingFailedAlarm", "DeadLetterQueuePolicy"),
}


def machine_may(action, resource, **context):
    """Return whether the state machine's role allows a call."""
    call = Call(action, resource, context)
    return any(allows(rule, call) for rule in statements("TrainingStateMachineRole"))


def statements(role, stack=ON):
    """Return the statements of a role."""
    policies = stack.made("AWS::IAM::Role")[role]["Policies"]
    return [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]


def test_off_by_default():
    """Without it a stack has none of its resources, so it costs nothing."""
    assert set(Stack().made()) & MADE == set()
    assert set(ON.made()) - set(OFF.made()) == MADE
    # The model is made by the state machine, once there is one.
    assert set(OFF.made()) - set(ON.made()) == {"Model"}


def test_outputs():
    """The two outputs that `stationcast training` needs are there with the training only."""
    outputs = ON.template["Outputs"]
    named = {name: outputs[name]["Condition"] for name in outputs if "Training" in name}

    assert named == {"TrainingStateMachineArn": "Trains", "TrainingUrl": "Trains"}
    assert ON.resolve(outputs["TrainingUrl"]["Value"]) == f"s3://{BUCKET}/training"


@pytest.mark.parametrize("function", TRAINING)
def test_environment(function):
    """A function gets the settings that it reads, and starts with them."""
    environment = ON.environment(function)
    known = {f"STATIONCAST_{field.name.upper()}" for field in fields(TrainingSettings)}
    known = known - {"STATIONCAST_ASK"} | {"STATIONCAST_APPROVAL"}
    settings = TrainingSettings.of(environment)

    assert POWERTOOLS <= set(environment) <= known | POWERTOOLS
    assert settings.training == f"s3://{BUCKET}/training"
    assert settings.in_use == f"s3://{BUCKET}/models/in-use"
    assert ("STATIONCAST_STORE" in environment) is (function == "PlanTrainingFunction")


@pytest.mark.parametrize("approval", ["true", "false"])
def test_approval(approval):
    """The parameter decides whether a candidate waits."""
    stack = Stack(Training="on", TrainingApproval=approval)
    settings = TrainingSettings.of(stack.environment("JudgeCandidatesFunction"))

    assert settings.ask is (approval == "true")


def test_nights():
    """They are on from the first deployment, and take the model that the training puts there."""
    settings = Settings.of(ON.environment("PlanRunFunction"))
    nights = ON.made("AWS::Serverless::StateMachine")["NightlyStateMachine"]
    model = definition_of(ON)["States"]["CreateModel"]["Arguments"]

    assert (settings.model, settings.parameters) == ("", ())
    assert ON.made("AWS::Scheduler::Schedule")["NightlySchedule"]["State"] == "ENABLED"
    assert settings.model_data == model["PrimaryContainer"]["ModelDataUrl"]
    assert nights["DefinitionSubstitutions"]["ModelName"] == model["ModelName"] == f"{NAME}-night"


def test_the_model_is_that_of_the_template():
    """The state machine makes the same model of a file as a deployment does."""
    made = definition_of(ON)["States"]["CreateModel"]["Arguments"]
    of_template = OFF.made("AWS::SageMaker::Model")["Model"]
    container = of_template["PrimaryContainer"] | {
        "ModelDataUrl": f"s3://{BUCKET}/models/in-use/model.tar.gz"
    }

    assert refusals("sagemaker", "CreateModel", made) == []
    assert made.pop("ModelName")
    assert made == of_template | {"PrimaryContainer": container}


def test_substitutions():
    """The template fills in every placeholder of the state machine."""
    placeholders = set(re.findall(r"\$\{(\w+)\}", TEXT))

    assert placeholders == set(MACHINE_OF_TRAINING["DefinitionSubstitutions"])


def test_states_outlast_their_functions():
    """A state waits longer than its function may run, and the machine longer than any state."""
    tasks = [state for state in STATES.values() if state["Type"] == "Task"]
    called = [
        (state["TimeoutSeconds"], ON.functions[name]["Timeout"])
        for state in tasks
        for name in re.findall(r"\$\{(\w+Function)Arn\}", json.dumps(state))
    ]

    assert len(called) == len(TRAINING)
    assert all(waits > runs for waits, runs in called)
    assert DEFINITION["TimeoutSeconds"] > max(state["TimeoutSeconds"] for state in tasks)
    # After that time another execution may begin.
    assert DEFINITION["TimeoutSeconds"] <= LONGEST.total_seconds()


def test_the_machine_may_do_what_its_states_do():
    """Its role allows each call of its states, with their names and roles."""
    definition = dict(states(definition_of(ON)))
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{NAME}-2026-12-depth6-1a2b3c4d-0"
    model = definition["CreateModel"]["Arguments"]
    application = "arn:aws:service:eu-central-1:123456789012:SparkApplication"

    for function in TRAINING:
        assert machine_may("lambda:InvokeFunction", ON.attribute(f"{function}.Arn"))
    assert not machine_may("lambda:InvokeFunction", ON.attribute("PlanRunFunction.Arn"))
    assert machine_may("emr-serverless:StartJobRun", application)
    for action in ("GetJobRun", "CancelJobRun"):
        assert machine_may(f"emr-serverless:{action}", f"{application}/jobruns/00f1")
    for action in ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "AddTags"):
        assert machine_may(f"sagemaker:{action}", job)
    for action in ("CreateModel", "DescribeModel", "DeleteModel"):
        named = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/{model['ModelName']}"
        assert machine_may(f"sagemaker:{action}", named)
        assert not machine_may(f"sagemaker:{action}", f"{named}-2")
    assert machine_may("sns:Publish", ON.ref("AlertsTopic"))


def test_the_machine_may_lend_its_roles_only_to_their_services():
    """Spark's role goes to EMR Serverless, those of training and model to SageMaker, and so on."""
    definition = dict(states(definition_of(ON)))
    lent = {
        definition["UpdateStack"]["Arguments"]["RoleARN"]: "cloudformation.amazonaws.com",
        definition["PrepareSet"]["Arguments"]["ExecutionRoleArn"]: "emr-serverless.amazonaws.com",
        definition["TrainCandidate"]["Arguments"]["RoleArn"]: "sagemaker.amazonaws.com",
        definition["CreateModel"]["Arguments"]["ExecutionRoleArn"]: "sagemaker.amazonaws.com",
    }
    rules = [r for r in statements("TrainingStateMachineRole") if r["Action"] == "iam:PassRole"]
    passed = {
        role: rule["Condition"]["StringEquals"]["iam:PassedToService"]
        for rule in rules
        for role in as_list(rule["Resource"])
    }
    roles = ON.made("AWS::IAM::Role")
    trust = {
        role: roles[role.rpartition("/")[2]]["AssumeRolePolicyDocument"]["Statement"][0]
        for role in passed.keys() - {ROLE}
    }

    assert passed == lent
    assert {r: t["Principal"]["Service"] for r, t in trust.items()} == {
        role: lent[role] for role in trust
    }


def test_the_machine_may_update_its_own_stack_only():
    """It may do so if there is a role that the update runs with, and not without one."""
    stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{NAME}/1a2b"
    without = {r["Sid"] for r in statements("TrainingStateMachineRole", Stack(Training="on"))}

    for action in ("DescribeStacks", "UpdateStack"):
        assert machine_may(f"cloudformation:{action}", stack)
        assert not machine_may(f"cloudformation:{action}", stack.replace(NAME, f"{NAME}-2"))
    assert not without & {"UpdateStack", "LendCloudFormationItsRole"}
    assert definition_of(ON)["States"]["DescribeStack"]["Arguments"]["StackName"] == NAME


def test_services():
    """The state machine's role allows the services that its states call, and no others."""
    called = {
        re.match(r"arn:aws:states:::(?:aws-sdk:)?([\w-]+):", state["Resource"])[1]
        for state in STATES.values()
        if state["Type"] == "Task"
    }
    allowed = {
        action.partition(":")[0]
        for rule in statements("TrainingStateMachineRole")
        for action in as_list(rule["Action"])
    }

    # Roles to lend, logs, the topic's key, and the rules that report a job's end.
    assert allowed - called == {"iam", "logs", "kms", "events"}
    assert called <= allowed


def test_spark_fits_its_application():
    """A driver and all executors have the application's processors and memory, and no more."""
    _, conf = spark_request(ON)
    executors = int(conf["spark.dynamicAllocation.maxExecutors"])

    def size(who):
        parts = (conf[f"spark.{who}.memory"], conf[f"spark.{who}.memoryOverhead"])
        return int(conf[f"spark.{who}.cores"]), sum(int(part.removesuffix("g")) for part in parts)

    driver, executor = size("driver"), size("executor")
    application = ON.made("AWS::EMRServerless::Application")["SparkApplication"]
    most = application["MaximumCapacity"]
    assert most["Cpu"] == f"{driver[0] + executors * executor[0]} vCPU"
    assert most["Memory"] == f"{driver[1] + executors * executor[1]} GB"
    assert most["Disk"] == f"{20 * (1 + executors)} GB"
    # Nothing is kept warm.
    assert "InitialCapacity" not in application
    assert application["AutoStopConfiguration"]["Enabled"] is True
    assert application["Architecture"].lower() == MACHINE


def test_requests_to_emr_serverless():
    """Its service model accepts the application and the job, in the names that it has itself."""

    def renamed(value):
        if not isinstance(value, dict):
            return value
        return {name[0].lower() + name[1:]: renamed(entry) for name, entry in value.items()}

    application = ON.made("AWS::EMRServerless::Application")["SparkApplication"]
    job, _ = spark_request(ON)
    # These are computed.
    job |= {"Name": "training-set-2026-12", "ClientToken": "1a2b", "ApplicationId": "00f1"}

    assert refusals("emr-serverless", "StartJobRun", renamed(job)) == []
    created = renamed(application) | {"clientToken": "1a2b"}
    assert refusals("emr-serverless", "CreateApplication", created) == []


def test_spark_finds_its_files():
    """The role reads environment and entry point, where `make upload-spark` puts them."""
    job, conf = spark_request(ON)
    uploaded = re.findall(
        r"s3://\$\(BUCKET\)/(training/spark/\S+)", (ROOT / "Makefile").read_text()
    )
    rules = statements("SparkRole")

    assert job["JobDriver"]["SparkSubmit"]["EntryPoint"] == f"s3://{BUCKET}/{uploaded[1]}"
    assert conf["spark.archives"] == f"s3://{BUCKET}/{uploaded[0]}#environment"
    for key in uploaded:
        call = Call("s3:GetObject", f"arn:aws:s3:::{BUCKET}/{key}", {})
        assert any(allows(rule, call) for rule in rules)
        # A job cannot change what the next one runs.
        assert not any(allows(rule, call._replace(action="s3:PutObject")) for rule in rules)


def test_training_jobs_reach_their_files_only():
    """A job reads set, code and model in use, and writes its own output."""
    rules = [rule for rule in statements("TrainingRole") if "Condition" not in rule]
    bucket = f"arn:aws:s3:::{BUCKET}"

    def may(action, key):
        return any(allows(rule, Call(action, f"{bucket}/{key}", {})) for rule in rules)

    for key in ("training/set/manifest.json", "training/code/1a/model/train.py"):
        assert may("s3:GetObject", key)
        assert not may("s3:PutObject", key)
    assert may("s3:GetObject", "models/in-use/model.tar.gz")
    assert may("s3:PutObject", "training/jobs/stationcast-2026-12-depth6-1a-0/output/model.tar.gz")
    for key in (
        "models/in-use/model.tar.gz",
        "training/releases.json",
        "training/2026-12/a.tar.gz",
    ):
        assert not may("s3:PutObject", key)
    assert not may("s3:GetObject", "observations/a.csv")


def test_judging_cannot_release():
    """JudgeCandidates can write neither the model in use nor what Spark runs."""
    rules = ON.role("JudgeCandidatesFunction")
    bucket = f"arn:aws:s3:::{BUCKET}"

    def may(key):
        return any(allows(rule, Call("s3:PutObject", f"{bucket}/{key}", {})) for rule in rules)

    assert may("training/2026-12/2026-12-depth6.tar.gz")
    for key in ("models/in-use/model.tar.gz", "training/releases/0001.tar.gz"):
        assert not may(key)
    assert not may("training/spark/environment.tar.gz")


def test_schedule():
    """It starts the machine each day; what cannot be started goes to the queue."""
    schedule = ON.made("AWS::Scheduler::Schedule")["TrainingSchedule"]
    rules = statements("TrainingScheduleRole")

    assert re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", schedule["ScheduleExpression"])
    assert schedule["Target"]["Arn"] == "TrainingStateMachine"
    assert {rule["Resource"] for rule in rules} == {
        schedule["Target"]["Arn"],
        schedule["Target"]["DeadLetterConfig"]["Arn"],
    }


def test_an_alarm_starts_it():
    """If forecasts no longer come true, the machine starts; both alarms are there always."""
    rule = ON.made("AWS::Events::Rule")["OldModelRule"]
    pattern = rule["EventPattern"]
    alarms = {name: ON.attribute(f"{name}.Arn") for name in OFF.made("AWS::CloudWatch::Alarm")}

    assert set(pattern["resources"]) == {alarms["CoverageAlarm"], alarms["SkillAlarm"]}
    assert pattern["detail"] == {"state": {"value": ["ALARM"]}}
    (target,) = rule["Targets"]
    (start,) = statements("OldModelRuleRole")
    assert (start["Action"], start["Resource"]) == ("states:StartExecution", target["Arn"])
    policy = ON.made("AWS::SQS::QueuePolicy")["DeadLetterQueuePolicy"]["PolicyDocument"]
    assert policy["Statement"][0]["Resource"] == target["DeadLetterConfig"]["Arn"]


def test_its_failure_is_an_alarm():
    """It is the alarm of nights for the other machine."""
    alarms = ON.made("AWS::CloudWatch::Alarm")
    described = {
        name: json.dumps({k: v for k, v in alarms[name].items() if k != "AlarmDescription"})
        for name in ("RunFailedAlarm", "TrainingFailedAlarm")
    }
    expected = described["RunFailedAlarm"].replace("NightlyStateMachine", "TrainingStateMachine")

    assert described["TrainingFailedAlarm"] == expected


def test_dashboard():
    """It has a row for the training only if there is one, and its widgets do not overlap."""
    boards = [stack.made("AWS::CloudWatch::Dashboard")["Dashboard"] for stack in (OFF, ON)]
    without, with_it = ([w["properties"]["title"] for w in widgets(board)] for board in boards)
    places = [(widget["x"], widget["y"]) for widget in widgets(boards[1])]

    assert [title for title in with_it if title not in without] == [
        "Trainings",
        "Length of a training",
        "Models that were released or taken back",
    ]
    assert len(set(places)) == len(places)
    assert metrics_watched(ON) == metrics_watched(OFF)
    assert metrics_shown(ON) - metrics_shown(OFF) == {"ModelsReleased", "ModelsRolledBack"}


def widgets(dashboard):
    """Return the widgets of a dashboard."""
    return json.loads(dashboard["DashboardBody"])["widgets"]


def test_files_of_jobs_expire():
    """What jobs leave is deleted; registry and set stay."""
    bucket = ON.made("AWS::S3::Bucket")["DataBucket"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    expiring = [rule["Prefix"] for rule in rules.values() if "ExpirationInDays" in rule]

    assert [prefix for prefix in expiring if prefix.startswith("training/")] == ["training/jobs/"]


def test_the_guide_names_the_parameters():
    """The guide names each parameter and output of the training, and how to upload."""
    names = [name for name in ON.template["Parameters"] if name.startswith("Training")] + [
        "RealtimeRole"
    ]

    assert [name for name in names if f"`{name}" not in GUIDE] == []
    assert [n for n in ("TrainingUrl", "TrainingStateMachineArn") if n not in GUIDE] == []
    assert "make upload-spark" in GUIDE
