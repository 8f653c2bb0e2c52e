"""The state machine of trainings on this machine, beside that of the nights."""

import boto3

from batch_jobs.observations.files import open_location
from batch_jobs.training.registry import Registry, month_of
from batch_jobs.training.releasing import ModelFile
from tests.aws.interpreter import now
from tests.aws.machine import ACCOUNT, BUCKET, MODEL, REGION, StateMachine, arn
from tests.dynamodb_local import ROOT

DEFINITION = ROOT / "batch_jobs" / "training.asl.json"

#: Each state, and the module of its function.
FUNCTIONS = {
    "PlanTraining": "batch_jobs.handler_plan_training",
    "JudgeCandidates": "batch_jobs.handler_judge_candidates",
    "ReleaseModel": "batch_jobs.handler_release_model",
    "FailTraining": "batch_jobs.handler_fail_training",
}

TRAINING, IN_USE = f"s3://{BUCKET}/training", f"s3://{BUCKET}/models/in-use"

ENVIRONMENT = {
    "STATIONCAST_TRAINING": TRAINING,
    "STATIONCAST_IN_USE": IN_USE,
    "STATIONCAST_STACK": "stack",
    "STATIONCAST_MODEL_DATA": f"{IN_USE}/model.tar.gz",
}


#: Of the stack, as its parameters name it.
STACK = "stack"
REALTIME_ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"


def definition(topic, application, realtime_role=""):
    """Return the definition as it is deployed, with only its `${…}` filled in."""
    text = DEFINITION.read_text()
    values = {f"{state}FunctionArn": arn(state) for state in FUNCTIONS} | {
        "AlertsTopicArn": topic,
        "Region": REGION,
        "StackName": STACK,
        "RealtimeRoleArn": realtime_role,
        "SparkApplicationId": application,
        "SparkRoleArn": f"arn:aws:iam::{ACCOUNT}:role/spark",
        "SparkExecutors": "7",
        "Observations": f"s3://{BUCKET}/observations",
        "Training": TRAINING,
        "TrainingParameters": "temperature",
        "TrainingRoleArn": f"arn:aws:iam::{ACCOUNT}:role/training",
        "TrainingImage": "xgboost",
        "TrainingInstanceType": "ml.m5.2xlarge",
        "NightModelName": MODEL,
        "NightModelRoleArn": f"arn:aws:iam::{ACCOUNT}:role/model",
        "NightModelImage": "xgboost",
        "NightModelData": f"{IN_USE}/model.tar.gz",
    }
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


class TrainingMachine(StateMachine):
    """The state machine of trainings and its surroundings.

    Attributes:
        nights: The state machine of the nights.
        runtime: The Lambda functions.
        engine: Runs training jobs.
        spark: Runs job runs of EMR Serverless.
        registry: Of the trainings.
        in_use: The model of the nights.
    """

    def __init__(self, nights, engine, spark, realtime_role=""):
        application = boto3.client("emr-serverless").create_application(
            releaseLabel="emr-7.12.0", type="SPARK"
        )["applicationId"]
        super().__init__(
            "training",
            lambda topic: definition(topic, application, realtime_role),
        )
        self.nights, self.engine, self.spark = nights, engine, spark
        self.runtime = nights.runtime
        self.registry = Registry(open_location(TRAINING))
        self.in_use = ModelFile(open_location(IN_USE), "model.tar.gz")

    @property
    def month(self):
        """The name of this month's training."""
        return month_of(now())

    @property
    def training(self):
        """This month's training."""
        return self.registry.training(self.month)

    def calls(self, state):
        """Return the events that a state's function was called with."""
        return [event for called, event in self.runtime.calls if called == arn(state)]

    def models(self):
        """Return the models that SageMaker has, by name."""
        client = boto3.client("sagemaker")
        names = [model["ModelName"] for model in client.list_models()["Models"]]
        return {name: client.describe_model(ModelName=name) for name in names}
