"""Requests for training jobs."""

import json

import pytest

from local.training.training_job import JobSettings, request_of
from local.training.xgboost_image import ACCOUNTS, TAG, image_of
from tests.dynamodb_local import ROOT
from tests.stack import Stack

DEFINITION = ROOT / "batch_jobs" / "training.asl.json"

SETTINGS = JobSettings("s3://b/training/set/", "arn:aws:iam::1:role/r", "ml.m5.large", "v1", 6)


def test_the_state_machine_asks_for_the_same():
    """A job of the command line and one of the state machine are of the same kind."""
    processor = json.loads(DEFINITION.read_text())["States"]["TrainCandidates"]["ItemProcessor"]
    theirs = processor["States"]["TrainCandidate"]["Arguments"]
    ours = request_of(SETTINGS, "job", "image", "s3://b/training/code/1/", {})
    different = {"TrainingJobName", "HyperParameters", "InputDataConfig", "RoleArn"}
    for request in (ours, theirs):
        del request["AlgorithmSpecification"]["TrainingImage"]
        del request["ResourceConfig"]["InstanceType"]
        request["OutputDataConfig"] = request["OutputDataConfig"]["S3OutputPath"].endswith("/jobs")

    assert ours.keys() == theirs.keys()
    assert {name: ours[name] for name in ours.keys() - different} == {
        name: theirs[name] for name in theirs.keys() - different
    }


@pytest.mark.parametrize(
    ("training_set", "place"),
    [
        ("s3://b/training/set/", "s3://b/training"),
        ("s3://b/training/set", "s3://b/training"),
        ("s3://b/set", "s3://b"),
        ("s3://b/", "s3://b"),
        ("s3://b", "s3://b"),
    ],
)
def test_places(training_set, place):
    """Code and output are beside the set, or in its bucket."""
    settings = JobSettings(training_set, "arn:aws:iam::1:role/r", "ml.m5.large", "v1", 6)

    assert settings.place == place


def test_images_are_those_of_the_template():
    """Region, account and version are the same ones."""
    template = Stack().template
    accounts = template["Mappings"]["XGBoostImage"]

    assert {region: each["Account"] for region, each in accounts.items()} == ACCOUNTS
    assert template["Parameters"]["ModelImageTag"]["Default"] == TAG
    assert image_of("us-east-1") == (
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
    )
